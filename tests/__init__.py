"""Tests as sentences about behaviour. `test_one_note.py` tells the whole story: read it first."""
