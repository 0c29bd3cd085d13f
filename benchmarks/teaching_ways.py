"""Ways to learn a keyword from n relevant and n irrelevant pictures, for `teaching.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from relevance.encoders.base import EncoderInfo
from relevance.judging.calibration.by_words import fit_by_words
from relevance.judging.calibration.curves import fit_logistic
from relevance.judging.directions import Plane
from relevance.judging.scoring import probability, score_keyword
from relevance.judging.teaching.probe import Examples, fit_probe

TAUGHT, WORDS = "relevance teach", "words alone"
_SHARPNESS = 5.5  # Tip-Adapter's β


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A draw of labelled pictures among all of a source.

    Attributes:
        rows: ``(n, dim)`` unit rows of all pictures.
        keyword: ``(dim,)``.
        background: ``(m, dim)``.
        info: The encoder's facts.
        centre: Of all pictures.
        spread: Their mean distance from it.
        chosen: Numbers of the labelled pictures, relevant ones first.
        truth: ``(len(chosen),)`` bool.
    """

    rows: np.ndarray
    keyword: np.ndarray
    background: np.ndarray
    info: EncoderInfo
    centre: np.ndarray
    spread: float
    chosen: np.ndarray
    truth: np.ndarray


def ways(drawn: Drawn) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
    """Yield name, scores of all pictures, and probabilities where there are any."""
    rows, info = drawn.rows, drawn.info
    zero = score_keyword(rows, drawn.keyword, drawn.background, info)
    by_words = probability(zero, len(drawn.background), info)
    yield WORDS, zero, by_words
    if not len(drawn.chosen):
        yield TAUGHT, zero, by_words
        return
    plane = Plane.of_words(drawn.keyword, drawn.background, drawn.centre)
    examples = Examples(
        rows[drawn.chosen], drawn.truth, drawn.chosen, plane, drawn.centre, drawn.spread
    )
    yield "mean of the relevant examples", rows @ examples.vectors[drawn.truth].mean(0), None
    yield "words and mean, from the centre", examples.start().scores(rows), None
    yield "logistic regression", _logistic_regression(drawn), None
    near = np.exp(-_SHARPNESS * (1 - rows @ examples.vectors.T))
    yield "Tip-Adapter", info.logit_scale * zero + near @ np.where(drawn.truth, 1, -1), None
    yield "CLAP", _clap(drawn), None
    probe = fit_probe(examples)
    scores = probe.plane.scores(rows)
    if probe.left_out is None:
        curve = fit_by_words(scores, by_words, drawn.chosen, drawn.truth)
    else:
        curve = fit_logistic(probe.left_out, drawn.truth)
    yield TAUGHT, scores, curve(scores)


def _logistic_regression(drawn: Drawn) -> np.ndarray:
    apart = (drawn.rows - drawn.centre) / drawn.spread
    model = LogisticRegression(C=1.0, max_iter=2000).fit(apart[drawn.chosen], drawn.truth)
    return model.decision_function(apart)


def _clap(drawn: Drawn) -> np.ndarray:
    """Class-adaptive linear probe (Silva-Rodriguez et al., CVPR 2024), for two classes.

    Class weights start from the texts, here the keyword and the mean of the background, and are
    held there by a penalty for each class: the mean zero-shot probability of its own examples. The
    paper descends by SGD; this by L-BFGS, to the end.
    """
    texts = np.stack([drawn.keyword, drawn.background.mean(0)]).astype(np.float64)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    rows = drawn.rows[drawn.chosen].astype(np.float64)
    own = np.stack([drawn.truth, ~drawn.truth], axis=1).astype(np.float64)
    scale = drawn.info.logit_scale

    def said(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        unit = weights / np.linalg.norm(weights, axis=1, keepdims=True)
        logits = scale * rows @ unit.T
        return unit, logits - np.logaddexp(*logits.T)[:, None]

    penalty = (np.exp(said(texts)[1]) * own).sum(0) / own.sum(0)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(texts.shape)
        unit, log_chances = said(weights)
        moved = weights - texts
        value = -(own * log_chances).sum() / len(rows) + (penalty * (moved**2).sum(1)).mean()
        pull = scale * (np.exp(log_chances) - own).T @ rows / len(rows)
        pull -= (pull * unit).sum(1, keepdims=True) * unit
        pull /= np.linalg.norm(weights, axis=1, keepdims=True)
        return value, (pull + penalty[:, None] * moved).ravel()

    found = minimize(loss, texts.ravel(), jac=True, method="L-BFGS-B").x.reshape(texts.shape)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return drawn.rows @ (found[0] - found[1]).astype(np.float32)
