"""How commands find the server that runs on a data folder: through a file that it leaves there."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_NAME = "server.json"


@contextmanager
def announced(data: Path, url: str) -> Iterator[None]:
    """While this lasts, `running_url` of the data folder returns `url`."""
    path = data / _NAME
    started = psutil.Process().create_time()
    content = json.dumps({"url": url, "pid": os.getpid(), "started": started})
    draft = path.with_name(f"{_NAME}.{os.getpid()}")
    draft.write_text(content)
    draft.replace(path)
    try:
        yield
    finally:
        # A second server on the same folder may have announced itself since; that one stays.
        with suppress(OSError):
            if path.read_text() == content:
                path.unlink()


def running_url(data: Path) -> str | None:
    """Return the URL of the server that runs on this data folder, if there is one."""
    try:
        content = json.loads((data / _NAME).read_text())
        started = psutil.Process(content["pid"]).create_time()
        # The number of a server that was killed may be another program's by now.
        return str(content["url"]) if started == content["started"] else None
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return None
