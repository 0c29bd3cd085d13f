"""Contrastive fine-tuning of hub models; torch and peft are imported when a training begins."""

from relevance.encoders.tuning.settings import METHODS, Epoch, Pairs, Progress, Tuned, TuneSettings
from relevance.encoders.tuning.tuner import tune_model

__all__ = ["METHODS", "Epoch", "Pairs", "Progress", "TuneSettings", "Tuned", "tune_model"]
