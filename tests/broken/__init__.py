"""Resources that the gate must refuse, each differing from a valid one by one fault."""
