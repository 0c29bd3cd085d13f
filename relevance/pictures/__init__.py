"""Folders, files and addresses -> pictures; their bytes -> RGB, or the reason why not."""
