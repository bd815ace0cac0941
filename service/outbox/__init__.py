"""Station 4: the delivery waits its turn, goes, and is settled. Intake comes before it, push is called by it."""
