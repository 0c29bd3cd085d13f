"""Version 1 of the REST interface, a file for each kind of thing."""
