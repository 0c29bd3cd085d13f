"""A calibration as a person reads it, on standard output."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from relevance.jobs.calibrate.wording import advice, answer
from relevance.judging.calibration import Calibration
from relevance.pages.wording import number, share
from relevance.system.command_line import command_line
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole


def show_calibration(calibration: Calibration, file: Path, page: Path) -> None:
    """Print threshold, figures before and after, how far to trust them, and where the files are."""
    console = ResultConsole()
    keyword = calibration.basis.keyword
    console.print(
        f"{keyword}: relevant from a probability of {calibration.threshold:g} "
        f"(target {calibration.target}), fitted on {calibration.n_relevant} relevant and "
        f"{calibration.n_irrelevant} irrelevant pictures.",
        markup=False,
    )
    table = Table(title="On pictures it was not fitted on")
    table.add_column("")
    table.add_column("uncalibrated at 0.5", justify="right")
    table.add_column("calibrated, cross-validated", justify="right")
    before, after = (calibration.figures[name] for name in ("zero_shot", "cross_validated"))
    for name, key in (("precision", "precision"), ("recall", "recall"), ("F1", "f1")):
        table.add_row(name, share(before["verdicts"][key]), share(after["verdicts"][key]))
    table.add_row("log loss", number(before["log_loss"]), number(after["log_loss"]))
    table.add_row("Brier score", share(before["brier"]), share(after["brier"]))
    table.add_row(
        "expected calibration error",
        share(before["calibration_error"]),
        share(after["calibration_error"]),
    )
    console.print(table)
    conclusion = (answer(calibration), advice(calibration))
    for note in (*conclusion, *calibration.doubts, *calibration.notes):
        console.print(note, markup=False)
    console.print(f"Calibration: {printable(file)}", markup=False, soft_wrap=True)
    console.print(
        f"Page with the reliability diagram: {printable(page)}", markup=False, soft_wrap=True
    )
    console.print(
        "Use it: "
        + command_line(
            "score",
            [keyword, "PATH"],
            [*calibration.provenance["options"], "--calibration", str(file)],
        ),
        markup=False,
        soft_wrap=True,
    )
