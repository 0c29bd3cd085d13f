"""New heads for the compact encoder, fitted on somebody's own pictures; its towers stay."""

from relevance.encoders.compact.tuning.tuner import HeadsTuned, tune_heads

__all__ = ["HeadsTuned", "tune_heads"]
