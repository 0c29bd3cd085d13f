"""Pictures -> Parquet files of vectors, by a cluster; for any program that has Ray."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.encoding import open_model
from relevance.embedding.settings import EncodingSettings
from relevance.embedding.watching import watched
from relevance.index.cluster.encoding import ClusterEncoder
from relevance.index.cluster.shards import Shards
from relevance.index.source import wanted_at
from relevance.pictures.reading import MAX_PIXELS

_ROWS = 4096  # of a file


@watched()
def embed_pictures(
    places: Iterable[str | Path],
    folder: str | Path,
    *,
    model: str,
    address: str = "auto",
    max_pixels: int = MAX_PIXELS,
    progress: Watch = None,
) -> list[Path]:
    """Encode pictures on a Ray cluster into Parquet files.

    What whole files of an earlier run hold is not encoded again, so a run that was killed goes on.

    Args:
        places: Paths that every machine of the cluster can read, or addresses.
        folder: Where the files go. Columns: path (text), digest (SHA-256 of the file's bytes),
            vector (list of dim float16, of unit norm), reason (why there is no vector, or empty).
        model: Name of the encoder, as ``load_encoder`` takes it; loaded on each machine.
        address: Of the cluster as ``ray.init`` takes it, or "local"; where Ray is connected
            already, that one.
        max_pixels: Larger pictures are skipped.
        progress: Called with an ``Advance`` after each file.

    Returns:
        The files.

    Raises:
        MissingExtraError: Ray or pyarrow is not installed.
        ClusterError: There is no cluster, or it does not answer.
        ModelLoadError: The encoder cannot be loaded here.
    """
    settings = EncodingSettings(model=model, max_pixels=max_pixels)
    info = open_model(settings)[0].info
    shards = Shards(Path(folder), info)
    wanted = [item for place in places if (item := wanted_at(str(place))).row.path not in shards]
    done, total = len(shards), len(shards) + len(wanted)
    with ClusterEncoder.on(address, info, settings) as encoder:
        for at in range(0, len(wanted), _ROWS):
            part = wanted[at : at + _ROWS]
            outcomes = encoder.encode(part, [b""] * len(part))
            shards.write([item.row.path for item in part], outcomes)
            if progress:
                progress(Advance(done + at + len(part), total, done))
    return shards.files
