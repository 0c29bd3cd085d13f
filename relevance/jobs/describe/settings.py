"""Choices of ``describe``, and the question that is asked of the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack, cast

from relevance.encoders import Encoder
from relevance.encoders.captioning import STYLES, Captioner
from relevance.errors import UsageError, check_choice
from relevance.judging.prompts import DEFAULT_TEMPLATES
from relevance.judging.settings import Choices, Settings
from relevance.pictures.given import Found, place_of
from relevance.system.command_line import command_line, option

TEMPLATES = DEFAULT_TEMPLATES[:1]
"""What words of a vocabulary are put into: more templates gained nothing (docs/describe.md)."""


class DescribeChoices(TypedDict, total=False):
    """Keyword arguments of ``describe`` that say how pictures are read and encoded.

    Attributes:
        encoder: Name for ``load_encoder`` ("auto" if not given), or an encoder that is loaded: it
            chooses tags where there is no model, and scores every caption against its picture.
        max_pixels: Largest width × height that is decoded; larger pictures are skipped.
        precision: Arithmetic of the captioning model or, without one, of the encoder; see
            ``load_captioner`` and ``load_encoder``.
        device: Where the captioning model or, without one, the encoder runs.
        cache: Whether to take known embeddings from the user's cache and store new ones there.
        exclude: Patterns of files and folders to leave out.
    """

    encoder: str | Encoder
    max_pixels: int
    precision: str
    device: str
    cache: bool
    exclude: str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, checked; see ``describe``.

    Attributes:
        paths: Folders, pictures and indexes.
        model: Captioning model; None for tags.
        tags: File of words to choose tags from; None for the package's nouns.
        style: A name in ``STYLES``.
        engine: How pictures are read and encoded; arithmetic and device are the captioning
            model's, if there is one.
    """

    paths: tuple[Found, ...]
    model: str | Captioner | None
    tags: Path | None
    style: str
    engine: Settings

    @classmethod
    def of(
        cls,
        paths: tuple[Found, ...],
        model: str | Captioner | None,
        tags: str | Path | None,
        style: str,
        **choices: Unpack[DescribeChoices],
    ) -> Question:
        """Check what a caller gives.

        Raises:
            UsageError: It cannot be used.
            TypeError: There is no such choice.
        """
        check_choice("style", style, STYLES)
        if model is not None and tags is not None:
            raise UsageError(
                "A captioning model chooses no tags; give --model or --tags, not both."
            )
        if foreign := choices.keys() - DescribeChoices.__annotations__.keys():
            raise TypeError(f"describe takes no {', '.join(sorted(foreign))}")
        encoder = choices.pop("encoder", "auto")
        rest = cast(Choices, choices)  # what is left of them
        rest["model"], rest["templates"] = encoder, TEMPLATES
        engine = Settings.of(**rest)
        return cls(paths, model, Path(tags) if tags is not None else None, style, engine)

    @property
    def encoding(self) -> Settings:
        """How the encoder runs; of what is said of a captioning model it takes nothing."""
        if self.model is None:
            return self.engine
        return replace(self.engine, precision="auto", device="auto")

    def command(self, encoder: str, output: Path | None) -> str:
        """Return the command line that asks the same."""
        words = option("--output", str(output)) if output else []
        if self.model is not None:
            name = self.model if isinstance(self.model, str) else self.model.info.name
            words += option("--model", name)
        words += option("--tags", str(self.tags)) if self.tags else []
        words += ["--style", self.style, *option("--encoder", encoder)]
        words += [*self.engine.machine_words(), *self.engine.exclude_words()]
        return command_line("describe", [*map(place_of, self.paths)], words)
