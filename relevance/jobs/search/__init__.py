"""Find pictures of an index by words and by pictures, and measure how well that works."""
