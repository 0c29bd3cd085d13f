"""Say for each row of a table how well its picture fits its caption."""
