"""The composition root: the only room that knows every concrete class."""

from filmgate.app.ground import Store, SystemClock, open_database_url, open_store
from filmgate.app.whole import Filmgate, open_filmgate

__all__ = ["Filmgate", "Store", "SystemClock", "open_database_url", "open_filmgate", "open_store"]
