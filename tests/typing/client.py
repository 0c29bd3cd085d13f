"""A client that uses every public name, with the types it counts on; checked, never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

import relevance

FOLDER = Path("pictures")


def encoders() -> npt.NDArray[np.float32]:
    encoder = relevance.load_encoder("compact", precision="fp32", device="cpu")
    name: str = encoder.info.name
    pictures = encoder.encode_images([Image.new("RGB", (9, 9))])
    return encoder.encode_texts([name]) @ pictures.T


def scores(seen: list[int]) -> pd.DataFrame:
    found: relevance.Scores = relevance.score(
        "almonds",
        [FOLDER, "https://example.org/a.jpg"],
        model=relevance.load_encoder("compact"),
        threshold=0.4,
        exclude=["backup"],
        progress=lambda advance: seen.append(advance.done),
    )
    auc: float = found.evaluation().roc_auc.value
    page: Path = found.to_html("almonds.html")
    facts = (relevance.__version__, auc, page.name)
    several: relevance.KeywordScores = relevance.score_keywords(["almonds"], FOLDER, progress=False)
    verdicts: npt.NDArray[np.bool_] = several.verdicts
    return (
        found.images.assign(facts=str(facts)) if verdicts.any() else several.of("almonds").folders
    )


def stream(frames: Iterator[Image.Image]) -> Iterator[tuple[str, float, bool]]:
    judgement: relevance.Judgement
    for judgement in relevance.judge(["almonds", "walnuts"], frames, model="compact"):
        yield judgement.place, judgement.probability, judgement.relevant
    one = next(relevance.judge("almonds", np.zeros((9, 9, 3), np.uint8)))
    assert one.status in {"ok", "skipped"}


def folders() -> tuple[pd.DataFrame, pd.DataFrame]:
    table: relevance.Categories = relevance.categories(FOLDER, distance="angular")
    compared: relevance.Comparison = relevance.compare(
        "almonds", FOLDER, models=["compact", "clip"], output_dir=Path("reports")
    )
    return table.means, compared.table


def labels() -> float:
    calibration = relevance.calibrate("almonds", FOLDER, target="precision=0.95")
    lesson: relevance.Lesson = relevance.teach("almonds", FOLDER, suggest=5).lesson
    taught: relevance.TaughtCategories = relevance.teach_categories(FOLDER, model="compact")
    relevance.score("almonds", "new", calibration=calibration)
    relevance.score("almonds", "new", lesson=taught.lessons["almonds"])
    return calibration.threshold + lesson.cost


def search() -> str | None:
    with relevance.Index.create("shop.index", model="compact") as index:
        index.add(FOLDER, progress=False)
        found: relevance.Found = index.search("almonds", unlike="walnuts", k=20)
        best: str = found[0].id
    quality: relevance.SearchEvaluation = relevance.evaluate_search("shop.index", "queries.csv")
    return best if quality.mean.ndcg[10] > 0.5 else None


def types() -> dict[str, int]:
    references = relevance.References("types.references", model="compact")
    references.add(FOLDER)
    recognised: relevance.Recognitions = references.recognise("new", false_matches=0.2)
    return dict(recognised.counts) if recognised.threshold else references.types


def captions(products: pd.DataFrame) -> pd.DataFrame:
    written: relevance.Captions = relevance.caption_table("products.csv", "out.csv", resume=True)
    return relevance.caption_similarity(products, folder=written.output.parent)


def files() -> list[str]:
    sorting: relevance.Sorting = relevance.sort("almonds", FOLDER, "sorted", dry_run=True)
    if sorting.log is None:
        return []
    undone: relevance.Undone = relevance.undo_sort(sorting.log, progress=False)
    return [picture.source for picture in undone.kept]


def described() -> list[str]:
    captions: relevance.Descriptions = relevance.describe(FOLDER, "captions.csv", style="short")
    return captions.status


def vectors() -> pd.DataFrame:
    found: relevance.Vectors = relevance.embed([Image.new("RGB", (9, 9))], model="compact")
    return found.table if found.to_file("vectors.parquet").exists() else pd.DataFrame()


def tuned() -> float:
    tuning: relevance.Tuning = relevance.tune(FOLDER, "tuned", model="compact", epochs=3)
    return tuning.outcome.share


def wrong() -> int:
    try:
        scores([])
    except relevance.UsageError:
        return 2
    except relevance.NoReadablePictureError:
        return 3
    except relevance.ModelLoadError:
        return 4
    except relevance.RelevanceError as error:
        code: int = error.exit_code
        return code
    return 0
