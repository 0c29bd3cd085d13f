"""Make an index of pictures, and keep it up to date."""
