"""The street: one file a command, each loaded when it is called."""
