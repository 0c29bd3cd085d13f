"""One module a command of the command line: its options, and the call it makes."""
