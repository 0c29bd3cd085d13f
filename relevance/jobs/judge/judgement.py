"""``Judgement``: what ``relevance.judge`` says of one picture and one keyword."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.judging.scoring import OK, SKIPPED


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well one picture shows what one keyword names.

    Attributes:
        number: Which picture of the stream it is, from 1.
        place: Its path or address, or "picture 3" for the third, where it came in memory.
        keyword: What it was held against.
        score: See ``judging.scoring.score_of``; NaN where it was skipped.
        probability: That it shows the keyword, from 0 to 1; NaN where it was skipped.
        relevant: Whether the probability reaches the threshold; False where it was skipped.
        reason: Why it was skipped; empty where it was not.
        note: What is odd about a picture that was used, such as a file that is cut off; else empty.
    """

    number: int
    place: str
    keyword: str
    score: float
    probability: float
    relevant: bool
    reason: str = ""
    note: str = ""

    @property
    def status(self) -> str:
        """Either "ok" or "skipped"."""
        return SKIPPED if self.reason else OK
