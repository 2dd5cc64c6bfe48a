"""Filmgate: the Kling Videos Generation API on your own machine."""
