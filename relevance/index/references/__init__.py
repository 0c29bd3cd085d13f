"""Types known by reference pictures: kept where several processes share them, and recognised."""
