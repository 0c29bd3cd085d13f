"""Work that takes longer than a request: kept in a folder, so that all processes see it."""
