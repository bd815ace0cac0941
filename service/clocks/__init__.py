"""How long it took, and how long it has been: the clocks of one client, worked out from their notes."""
