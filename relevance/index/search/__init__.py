"""Looking for pictures in an index, by words and by pictures."""
