"""Picture–caption pairs: how well each picture fits its caption, row by row of a table."""
