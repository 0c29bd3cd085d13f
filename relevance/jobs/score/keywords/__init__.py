"""Score pictures against several keywords in one pass."""
