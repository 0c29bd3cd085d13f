"""The catalogue of encoders as a table on standard output."""

from __future__ import annotations

from rich.table import Table

from relevance.encoders import CATALOG, can_run, has_clip_extra
from relevance.encoders.captioning import CAPTIONERS
from relevance.pages.wording import number
from relevance.system.installing import install_command
from relevance.terminal.console import ResultConsole


def show_models() -> None:
    """Print the catalogue and what of it is on this machine."""
    table = Table(title="Encoders for --model", show_lines=True)
    table.add_column("name, source, use", overflow="fold")
    table.add_column("here", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("Image-\nNet", justify="right", no_wrap=True)
    table.add_column("Food-\n101", justify="right", no_wrap=True)
    for entry in CATALOG.values():
        table.add_row(
            f"[bold]{entry.name}[/bold]\n{entry.source or '(in the package)'}\n"
            f"{entry.licence}, {entry.languages}: {entry.summary}",
            "yes" if _is_here(entry.source) else "no",
            str(entry.size_mb),
            number(entry.imagenet, 1),
            number(entry.food101, 1),
        )
    console = ResultConsole()
    console.print(table)
    console.print(
        "ImageNet and Food-101: zero-shot top-1 accuracy in per cent, as published; a dash says "
        "that none was. Models not here yet are downloaded when first used. Any CLIP, SigLIP or "
        "similar model also works by hub id or local folder; so does a ViT or DINOv2, which sees "
        "pictures only."
    )
    console.print(_captioners())
    console.print(
        "CIDEr: on COCO captions, as published. Others that transformers loads for image-text-to-"
        "text also work by hub id or local folder."
    )
    if not has_clip_extra():
        console.print(f"All but compact need: {install_command('clip')}", markup=False)


def _captioners() -> Table:
    table = Table(title="Captioning models for describe --model", show_lines=True)
    table.add_column("name, source, use", overflow="fold")
    table.add_column("here", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("CIDEr", justify="right", no_wrap=True)
    for entry in CAPTIONERS.values():
        table.add_row(
            f"[bold]{entry.name}[/bold]\n{entry.source}\n{entry.licence}: {entry.summary}",
            "yes" if has_clip_extra() and _is_here(entry.source) else "no",
            str(entry.size_mb),
            number(entry.cider, 1),
        )
    return table


def _is_here(source: str) -> bool:
    """Say whether a model can be used at once; the one in the package has no source."""
    if not source:
        return True
    if not can_run(source):
        return False
    from relevance.encoders.snapshots import find

    return find(source) is not None
