"""Joined Up: an employment specialist's note becomes part of the mental-health record."""
