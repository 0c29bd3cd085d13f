"""Measure models side by side."""
