"""``FetchError``: a picture cannot be had; becomes its row's reason."""


class FetchError(Exception):
    """One picture cannot be fetched; the message says why, in plain words."""
