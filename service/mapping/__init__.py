"""Station 3: a note becomes FHIR resources. Pure: no I/O, no clock, no database. Read `to_resources.py` first."""
