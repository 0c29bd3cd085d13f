"""Vectors that last: the stores behind search and recognition."""
