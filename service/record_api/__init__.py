"""A window: FHIR R4 for EHR systems. Each kind of note as a Questionnaire, and its answers through the one door."""
