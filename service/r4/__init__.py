"""What valid FHIR R4 is: the models and the gate."""
