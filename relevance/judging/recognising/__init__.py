"""Which of several types, known by reference pictures, a picture shows, or that it shows none."""
