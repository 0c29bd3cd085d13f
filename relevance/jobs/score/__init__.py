"""Score pictures and folders against a keyword."""
