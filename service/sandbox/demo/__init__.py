"""The demo: starts a sandbox EHR and the service, and acts as a phone. `run_demo` in `story.py`."""
