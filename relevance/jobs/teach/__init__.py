"""Correct a keyword by labelled pictures."""
