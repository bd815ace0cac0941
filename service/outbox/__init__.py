"""Station 4: the delivery waits its turn."""
