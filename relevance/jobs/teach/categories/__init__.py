"""Teach many keywords at once, each by the folder that bears its name."""
