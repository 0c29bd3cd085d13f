"""Many keywords at once: which keyword each picture fits best, and which folder each keyword."""
