"""A tuning in MLflow: parameters, figures and files of a run, and the model in its registry."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relevance.errors import MissingExtraError, OutputError, UsageError
from relevance.jobs.tune.result import Tuning
from relevance.system.names import printable

EXPERIMENT = "relevance"
DATABASE = "mlflow.db"
ARTEFACTS = "model"
"""Folder of a run's files; what the registry's versions point to."""

_RETRIES, _SECONDS = "2", "30"
_QUIET: Mapping[str, str] = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": _RETRIES,
    "MLFLOW_HTTP_REQUEST_TIMEOUT": _SECONDS,
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "DO_NOT_TRACK": "true",
}


def store_of(uri: str) -> str:
    """Return what MLflow takes: of a folder the database in it, since MLflow gives up plain files.

    This is what ``MLFLOW_TRACKING_URI`` has to say for ``load_encoder`` to find the models.
    """
    return uri if "://" in uri else f"sqlite:///{Path(uri).absolute() / DATABASE}"


def check_tracking(uri: str) -> None:
    """Make sure, before the long work, that what is tracked can be kept.

    Raises:
        MissingExtraError: MLflow is not installed.
        UsageError: There is no such server, or a place of another kind.
    """
    with _asked(uri) as client:
        client.search_experiments(max_results=1)


def log_run(tuning: Tuning, uri: str) -> str:
    """Log a tuning and register its model under the name of its folder.

    Returns:
        What ``load_encoder`` takes: ``models:/name/version``.

    Raises:
        OutputError: It cannot be kept; the model is written all the same.
    """
    try:
        with _asked(uri) as client:
            place = None if "://" in uri else (Path(uri).absolute() / ARTEFACTS).as_uri()
            return _logged(client, tuning, place)
    except UsageError as error:
        raise OutputError(f"{error} The model is in {printable(tuning.output)}.") from error


@contextmanager
def _asked(uri: str) -> Iterator[Any]:
    """Return MLflow's client for a place; its errors become ours, its messages home are off."""
    before = {name: os.environ.get(name) for name in _QUIET}
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    try:
        import mlflow
        from mlflow.exceptions import MlflowException

        logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of its tables
    except ImportError as error:
        raise MissingExtraError("--track", "track") from error
    try:
        store = store_of(uri)
        if store != uri:
            Path(uri).mkdir(parents=True, exist_ok=True)
        yield mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    except (MlflowException, OSError) as error:
        words = " ".join(str(error).split())[:200]
        raise UsageError(
            f"MLflow at {printable(uri)} cannot be used ({words}). Name a folder, a "
            "database such as sqlite:///mlflow.db, or the address of a server, with --track."
        ) from error
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _logged(client: Any, tuning: Tuning, place: str | None) -> str:
    """Log all of it; ``place`` is where files of a new experiment go, if MLflow is not to say."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found:
        experiment = found.experiment_id
    else:
        experiment = client.create_experiment(EXPERIMENT, artifact_location=place)
    name = tuning.output.resolve().name
    run = client.create_run(experiment, run_name=name)
    number = run.info.run_id
    for key, value in _parameters(tuning).items():
        client.log_param(number, key, value)
    for key, value, step in _metrics(tuning):
        client.log_metric(number, key, value, step=step)
    client.log_artifacts(number, str(tuning.output), ARTEFACTS)
    version = _registered(client, name, f"{run.info.artifact_uri}/{ARTEFACTS}", number)
    client.set_terminated(number)
    return version


def _registered(client: Any, name: str, source: str, run: str) -> str:
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(name, source, run_id=run)
    return f"models:/{name}/{made.version}"


def _parameters(tuning: Tuning) -> dict[str, Any]:
    facts, outcome = tuning.provenance, tuning.outcome
    return {
        "start": tuning.start.name,
        "start_fingerprint": tuning.start.fingerprint,
        "fingerprint": tuning.tuned.fingerprint,
        "method": tuning.method,
        "share": outcome.share,
        "trained_parameters": outcome.trained_parameters,
        "training_pictures": tuning.counts.training,
        "validation_pictures": tuning.counts.validation,
        "held_out_pictures": tuning.counts.held_out,
        **{name: facts[name] for name in ("epochs", "batch_size", "seed", "hold_out", "command")},
    }


def _metrics(tuning: Tuning) -> Iterator[tuple[str, float, int]]:
    """Yield name, value and step: the epoch, or the share in per cent."""
    for epoch in tuning.outcome.history:
        yield "loss", epoch.loss, epoch.epoch
        if epoch.validation_loss is not None:
            yield "validation_loss", epoch.validation_loss, epoch.epoch
    for share, value in tuning.outcome.shares:
        yield "validation_figure_by_share", value, round(100 * share)
    for item in tuning.measured:
        kind = item.name.replace(" ", "_")
        for name, figure in item.figures.items():
            yield f"{kind}_{name}_before", figure.before, 0
            yield f"{kind}_{name}_after", figure.after, 0
