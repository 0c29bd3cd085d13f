"""What every command shares: how texts and pictures are encoded and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypedDict, Unpack

from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.errors import UsageError, check_choice
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES
from relevance.judging.similarity import SIMILARITIES
from relevance.system.arguments import several
from relevance.system.command_line import option
from relevance.system.finding import nearest
from relevance.system.names import printable


class EncodingChoices(TypedDict, total=False):
    """Keyword arguments of everything that encodes.

    Attributes:
        templates: Prompt templates with ``{}`` where the keyword goes.
        max_pixels: Largest width × height that is decoded; larger pictures are skipped.
        precision: Arithmetic of a model given by name; see ``load_encoder``.
        device: Where a model given by name runs; see ``load_encoder``.
        exclude: Patterns of files and folders to leave out; see ``leaving_out.Exclusion``.
    """

    templates: str | Sequence[str]
    max_pixels: int
    precision: str
    device: str
    exclude: str | Sequence[str]


class Choices(EncodingChoices, total=False):
    """Keyword arguments that ``score``, ``categories`` and ``calibrate`` share.

    Attributes:
        model: Name for ``load_encoder`` ("auto" if not given), or an encoder that is loaded.
        distance: Raw similarity that stands beside the score: "cosine" (if not given), "dot",
            "euclidean" or "angular". The score rests on the cosine whatever it is.
        background: Concepts that a keyword is held against, in place of the package's forty.
        cache: Whether to take known embeddings from the user's cache and store new ones there.
    """

    model: str | Encoder
    distance: str
    background: str | Sequence[str]
    cache: bool


@dataclass(frozen=True, slots=True)
class Settings(EncodingSettings):
    """Choices, checked, with a default for each; see ``Choices``."""

    distance: str = "cosine"
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    background: tuple[str, ...] = BACKGROUND_CONCEPTS
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, **choices: Unpack[Choices]) -> Settings:
        """Check choices as a caller gives them.

        Raises:
            UsageError: One cannot be used.
            TypeError: There is no such choice.
        """
        known = [item.name for item in fields(cls)]
        for word in choices:
            if word not in known:
                near = nearest(word, known)
                hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
                raise TypeError(f"there is no choice {word!r}; {hint}")
        for name in ("templates", "background", "exclude"):
            if name in choices:
                choices[name] = several(choices[name])
        return cls(**choices)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        check_choice("distance", self.distance, SIMILARITIES)
        EncodingSettings.__post_init__(self)  # a class with slots knows no plain super()
        for text in (*self.templates, *self.background):
            if text != printable(text):
                raise UsageError(f"“{printable(text)}” has characters that are not text.")
        if not all(map(str.strip, self.background)):
            raise UsageError("A background concept is empty; is a shell variable not set?")

    def words(self, model: str) -> list[str]:
        """Command-line options that make the same choices, with the model that was taken."""
        words = ["--model", model]
        if self.distance != "cosine":
            words += ["--distance", self.distance]
        return words + self.encoding_words()

    def encoding_words(self) -> list[str]:
        """The same without model and distance."""
        words = []
        if self.templates != DEFAULT_TEMPLATES:
            words += [word for item in self.templates for word in option("--template", item)]
        if self.background != BACKGROUND_CONCEPTS:
            words += [word for item in self.background for word in option("--background", item)]
        return words + self.machine_words()

    def exclude_words(self) -> list[str]:
        """Options that leave out the same files and folders."""
        return [word for item in self.exclude for word in option("--exclude", item)]
