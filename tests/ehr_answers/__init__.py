"""What an EHR can answer, and what a test of `push/` needs to be answered: a note, a ledger, a stub, a raw socket."""
