"""The model card of a tuned encoder."""

from __future__ import annotations

from relevance.jobs.tune.result import Tuning
from relevance.jobs.tune.wording import (
    KINDS,
    answer,
    figure_name,
    interval_words,
    others,
    parts_words,
    share_words,
)
from relevance.pages.wording import share

_METHODS = {
    "heads": "the heads of both towers were fitted, the towers stay",
    "lora": "adapters of low rank (LoRA, Hu et al. 2021) on the attention of both towers, merged",
    "full": "all weights were trained",
    "projection": "the projections into the common space were trained, the towers stay",
}


def card_text(tuning: Tuning) -> str:
    """Return the card as Markdown."""
    start, facts = tuning.start, tuning.provenance
    lines = [
        f"# Model card: {start.name}, tuned",
        "",
        answer(tuning),
        *others(tuning),
        "",
        f"- **Start**: {start.name}, revision {start.revision}, fingerprint {start.fingerprint}",
        f"- **Licence** of the start: {start.licence}; its terms on derivatives hold",
        f"- **Fingerprint**: {tuning.tuned.fingerprint}",
        f"- **Method**: {tuning.method}: {_METHODS[tuning.method]}. {share_words(tuning)}",
        f"- **Pictures**: {', '.join(facts['sources'])}. {parts_words(tuning)}",
        f"- **Date**: {facts['date']}",
        f"- **Command**: `{facts['command']}`",
        "",
        "## Measured on held-out pictures",
        "",
        *_table(tuning),
        "",
        "Means over keywords; differences are paired, with 95 % intervals by bootstrap over "
        "pictures, near copies together. The held-out part took no part in training or choices.",
        "",
        "## What not to trust it with",
        "",
        "Pictures and keywords unlike those above were not measured. Vectors of the start and of "
        "this model must not be mixed: calibrations, lessons and indexes are to be made anew.",
    ]
    return "\n".join(lines) + "\n"


def _table(tuning: Tuning) -> list[str]:
    rows = ["| keywords | figure | before | after | difference |", "|---|---|---|---|---|"]
    for item in tuning.measured:
        for name, figure in item.figures.items():
            rows.append(
                f"| {KINDS[item.name]} ({item.n_keywords}) | {figure_name(name, item)} | "
                f"{share(figure.before)} | {share(figure.after)} | {interval_words(figure.gain)} |"
            )
    return rows
