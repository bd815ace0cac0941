"""Joined Up: an employment specialist's note becomes part of the mental-health record."""

from importlib.metadata import version

__version__ = version("joinedup")
