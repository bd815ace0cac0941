"""Records without a FHIR API: each note version goes as one message, by one of these adapters."""
