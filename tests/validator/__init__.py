"""HL7's own validator, run beside the gate: `fetch` gets it, `hl7.py` runs it."""
