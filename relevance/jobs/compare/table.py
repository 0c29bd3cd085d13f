"""``ComparisonTable``: runs, how they stand, where they disagree; data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relevance.jobs.compare.disagreement import Disagreement
from relevance.jobs.compare.run import Failure
from relevance.jobs.compare.standing import Standing


@dataclass(frozen=True, eq=False)
class ComparisonTable:
    """Models side by side for one keyword.

    Attributes:
        keyword: The keyword.
        places: Where the n pictures are.
        paths: The same, fit to print.
        folders: Their categories.
        labels: "relevant", "irrelevant" or "" for each.
        standings: A run each, in the order asked for; the first is what gains are measured from.
        disagreements: The first run against each other one.
        failures: Models that could not be measured.
        provenance: What is needed to make the same table again.
    """

    keyword: str
    places: tuple[str, ...]
    paths: tuple[str, ...]
    folders: tuple[str, ...]
    labels: tuple[str, ...]
    standings: tuple[Standing, ...]
    disagreements: tuple[Disagreement, ...]
    failures: tuple[Failure, ...]
    provenance: Mapping[str, Any]

    @property
    def n_labelled(self) -> int:
        """Pictures with a label."""
        return sum(bool(label) for label in self.labels)

    @property
    def is_judged(self) -> bool:
        """Whether there are labels of both kinds, so that quality has figures."""
        return self.standings[0].roc_auc is not None
