"""List the encoders that have a short name."""
