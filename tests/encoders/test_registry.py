"""Models of an MLflow registry that is really there: SQLite and a folder."""

from __future__ import annotations

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from relevance.encoders import load_encoder, local_revision
from relevance.errors import ModelLoadError
from tests.support.models import save_siglip


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A store in which version 1 of "shop" is a model, and version 2 a text file."""
    folder = tmp_path_factory.mktemp("mlflow")
    start = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/store.db")
    model, other = folder / "model", folder / "other"
    save_siglip(model)
    other.mkdir()
    (other / "notes.txt").write_text("no model")
    client = MlflowClient()
    run = client.create_run(client.create_experiment("tune", f"file://{folder}/kept"))
    client.create_registered_model("shop")
    for name in ("model", "other"):
        client.log_artifacts(run.info.run_id, str(folder / name), name)
        client.create_model_version("shop", f"{run.info.artifact_uri}/{name}", run.info.run_id)
    client.set_registered_model_alias("shop", "best", "1")
    yield model
    mlflow.set_tracking_uri(start)


def test_a_registered_model_loads_and_is_kept(registry, monkeypatch):
    encoder = load_encoder("models:/shop/1", precision="bf16")
    direct = load_encoder(str(registry), precision="bf16")
    texts = ["almonds", "red apples"]
    np.testing.assert_array_equal(encoder.encode_texts(texts), direct.encode_texts(texts))
    assert encoder.info.name == "models:/shop/1"
    assert load_encoder("models:/shop@best", precision="bf16").info.fingerprint == (
        encoder.info.fingerprint
    )
    assert local_revision("models:/shop@best") == "models:/shop/1"
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", None)  # what is here is not asked
    assert load_encoder("models:/shop/1", precision="bf16").info == encoder.info


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("models:/shop/2", "among its 1 artefacts is no folder with config.json"),
        ("models:/shop/7", "check name and version"),
        ("models:/shop@worst", "check name and version"),
        ("models:/shop/latest", "write models:/name/version"),
    ],
)
def test_what_is_no_model_is_said(registry, name, words):
    with pytest.raises(ModelLoadError, match=words):
        load_encoder(name)
