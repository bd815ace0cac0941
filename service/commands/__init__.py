"""The commands, each group in a file of its own: `cli.py` puts them together."""
