"""Tokens become callers, one table says what a caller may do, and a session sees no more than that."""
