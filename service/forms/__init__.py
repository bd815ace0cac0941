"""Station 1: what can be sent. One file per kind, one union of them all in `note.py`."""
