"""The commands people type: parse, call, print."""

from filmgate.cli.commands import app

__all__ = ["app"]
