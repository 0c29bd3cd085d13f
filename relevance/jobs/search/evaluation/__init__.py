"""How well a search finds what it should, by queries whose answers are known."""
