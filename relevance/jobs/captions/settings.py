"""Choices that tables of pairs have in common with nothing else, and those they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypedDict, Unpack, cast

from relevance.encoders import Encoder
from relevance.errors import UsageError, check_choice
from relevance.jobs.captions.texts import LONG_CAPTIONS
from relevance.judging.settings import Choices, Settings
from relevance.pictures.fetching import Doors, Limits
from relevance.system.arguments import several
from relevance.system.command_line import option
from relevance.system.finding import did_you_mean, meant
from relevance.system.locations import is_folder
from relevance.system.names import printable

_BESIDE = "fit_"  # what added names begin with in a table that has such columns


def checked_folder(folder: str | Path) -> Path:
    """Return where relative paths of pictures start; raise ``UsageError`` if it is no folder."""
    if not is_folder(folder):
        raise UsageError(
            f"There is no folder {printable(folder)} for pictures to be in (--folder)"
            f"{did_you_mean(folder)}"
        )
    return meant(folder)


class PairChoices(TypedDict, total=False):
    """Keyword arguments of ``caption_similarity`` and ``caption_table``.

    Attributes:
        model: Name for ``load_encoder`` ("auto" if not given), or an encoder that is loaded.
        distance: "cosine" (if not given), "dot", "euclidean" or "angular", all as similarities.
        max_pixels: Largest width × height that is decoded; larger pictures are skipped.
        precision: Arithmetic of a model given by name; see ``load_encoder``.
        device: Where a model given by name runs; see ``load_encoder``.
        cache: Whether to take known embeddings from the user's cache and store new ones there.
        long_captions: "truncate" (if not given): of a caption longer than the encoder's context
            only the beginning counts. "chunk": the mean over chunks of whole sentences.
        connections: Pictures that are fetched at a time; 16 if not given.
        timeout: Seconds that one picture may take in all, retries included; 60 if not given.
        max_megabytes: Largest file that is fetched; 50 if not given.
        allow_schemes: Further kinds of addresses to open with fsspec's drivers, such as "sftp",
            beside http, https, file, data, s3, gs and az.
        only_below: Folder that local pictures must lie in; others are skipped.
        public_only: Whether to skip web addresses that are not on the public internet.
        prefix: Put in front of the names of the columns that are added; if not given, nothing, or
            "fit_" where the table has columns of those names, as what ``describe`` writes has.
    """

    model: str | Encoder
    distance: str
    max_pixels: int
    precision: str
    device: str
    cache: bool
    long_captions: str
    connections: int
    timeout: float
    max_megabytes: float
    allow_schemes: str | Sequence[str]
    only_below: str | Path | None
    public_only: bool
    prefix: str


_TAKEN = PairChoices.__annotations__.keys()


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Choices, checked; see ``PairChoices``."""

    engine: Settings
    long_captions: str
    limits: Limits
    doors: Doors
    prefix: str

    @classmethod
    def of(cls, **choices: Unpack[PairChoices]) -> PairSettings:
        """Check choices as a caller gives them.

        Raises:
            UsageError: One cannot be used.
            TypeError: There is no such choice.
        """
        if foreign := {item.name for item in fields(Settings)} & choices.keys() - _TAKEN:
            raise TypeError(f"tables of pairs take no {', '.join(sorted(foreign))}")
        default = Limits()
        long_captions = choices.pop("long_captions", "truncate")
        check_choice("treatment of long captions", long_captions, LONG_CAPTIONS)
        limits = Limits(
            connections=choices.pop("connections", default.connections),
            seconds=choices.pop("timeout", default.seconds),
            megabytes=choices.pop("max_megabytes", default.megabytes),
        )
        only_below = choices.pop("only_below", None)
        doors = Doors(
            schemes=frozenset(several(choices.pop("allow_schemes", ()))),
            only_below=None if only_below is None else Path(only_below),
            public_only=choices.pop("public_only", False),
        )
        prefix = choices.pop("prefix", "")
        engine = cast(Choices, choices)  # what is left of them
        return cls(Settings.of(**engine), long_captions, limits, doors, prefix)

    def beside(self, names: Sequence[str], added: Sequence[str]) -> PairSettings:
        """Return settings that let a table keep its columns: with a prefix, if none was given.

        Args:
            names: The table's columns.
            added: What the columns are called that are added, without a prefix.
        """
        is_apart = self.prefix or not set(names) & set(added)
        return self if is_apart else replace(self, prefix=_BESIDE)

    def words(self, model: str) -> list[str]:
        """Command-line options that make the same choices, with the model that was taken."""
        words = self.engine.words(model)
        words += option("--prefix", self.prefix) if self.prefix else []
        if self.long_captions != "truncate":
            words += ["--long-captions", self.long_captions]
        default = Limits()
        for name, value, usual in (
            ("--connections", self.limits.connections, default.connections),
            ("--timeout", self.limits.seconds, default.seconds),
            ("--max-megabytes", self.limits.megabytes, default.megabytes),
        ):
            if value != usual:
                words += [name, f"{value:g}"]
        for scheme in sorted(self.doors.schemes):
            words += ["--allow-scheme", scheme]
        if self.doors.only_below is not None:
            words += option("--only-below", str(self.doors.only_below))
        return [*words, "--public-only"] if self.doors.public_only else words
