"""Results -> files that other programs read: CSV and JSON."""
