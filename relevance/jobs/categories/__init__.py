"""Score pictures against many keywords at once."""
