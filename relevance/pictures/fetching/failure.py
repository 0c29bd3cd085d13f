"""``FetchError``: a picture cannot be had; becomes its row's reason."""

STOPPED = "the run was stopped"
"""Reason of whoever still waits when a run ends; such rows are not entered anywhere."""


class FetchError(Exception):
    """One picture cannot be fetched; the message says why, in plain words."""
