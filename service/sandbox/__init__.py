"""A stand-in EHR and the demo. Knows nothing of ours; only `cli.py` knows it."""
