"""Filmgate: the Kling Videos Generation API on your own machine."""

__version__ = "0.1.0"
