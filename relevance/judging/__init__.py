"""Vectors -> scores, verdicts, and what labels say of them."""
