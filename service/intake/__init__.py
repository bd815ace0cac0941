"""Station 2: a note arrives and is safe before we answer."""
