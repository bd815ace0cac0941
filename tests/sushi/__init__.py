"""What `fhir_profiles/` publishes is written in FSH and built by HL7's SUSHI: build.py; from JSON to FSH: adopt.py."""
