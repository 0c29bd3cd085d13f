"""Fit a probability and a threshold on labelled pictures."""
