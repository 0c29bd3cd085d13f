"""The machine and the user's words: streams, threads, places, names, and how they are found."""
