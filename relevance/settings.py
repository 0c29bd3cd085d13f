"""What every command shares: how texts and pictures are encoded and compared."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypedDict, Unpack

from relevance.encoders import Encoder
from relevance.encoders.base import DEVICES, PRECISIONS
from relevance.errors import UsageError, check_choice
from relevance.pictures.reading import MAX_PIXELS
from relevance.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES
from relevance.similarity import SIMILARITIES
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
class Settings:
    """Choices, checked, with a default for each; see ``Choices``."""

    model: str | Encoder = "auto"
    distance: str = "cosine"
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    background: tuple[str, ...] = BACKGROUND_CONCEPTS
    max_pixels: int = MAX_PIXELS
    precision: str = "auto"
    device: str = "auto"
    cache: bool = True
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
        if self.max_pixels < 1:
            raise UsageError(f"The pixel limit must be at least 1, not {self.max_pixels}.")
        check_choice("precision", self.precision, PRECISIONS)
        check_choice("device", self.device, DEVICES)
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
        if self.max_pixels != MAX_PIXELS:
            words += ["--max-pixels", str(self.max_pixels)]
        if self.precision != "auto":
            words += ["--precision", self.precision]
        if self.device != "auto":
            words += ["--device", self.device]
        return words

    def exclude_words(self) -> list[str]:
        """Options that leave out the same files and folders."""
        return [word for item in self.exclude for word in option("--exclude", item)]


def option(name: str, value: str) -> list[str]:
    """Return an option as words, in one where its value could be taken for another option."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def one_keyword(keyword: str) -> str:
    """Return a keyword without spaces around it; raise ``TypeError`` where it is not one text."""
    if not isinstance(keyword, str):
        kind = type(keyword).__name__
        raise TypeError(f"keyword must be one word or phrase, not {kind}; categories takes several")
    return keyword.strip()


def several(value: object) -> tuple[str, ...]:
    """Return one text or path, or several of them, as a tuple of texts."""
    if isinstance(value, str | Path):
        return (str(value),)
    return tuple(map(str, value))  # type: ignore[call-overload]


def command_line(command: str, subjects: Sequence[str | Path], words: Sequence[str]) -> str:
    """Return a command line that can be typed again, also where a subject starts with a hyphen."""
    names, words = list(map(printable, subjects)), list(map(printable, words))
    if any(name.startswith("-") for name in names):
        return shlex.join(["relevance", command, *words, "--", *names])
    return shlex.join(["relevance", command, *names, *words])
