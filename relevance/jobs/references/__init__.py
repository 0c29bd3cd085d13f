"""``relevance references``: keep the pictures that stand for types."""
