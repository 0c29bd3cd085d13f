"""Embed pictures: their vectors in a file or an array."""
