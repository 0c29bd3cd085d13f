"""``relevance sort``: pictures copied, moved or linked by their verdicts, and brought back."""
