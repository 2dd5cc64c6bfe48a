"""How commands find the server that runs on a data folder: through a file that it leaves there."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_NAME = "server.json"


@contextmanager
def announced(data: Path, url: str) -> Iterator[None]:
    """While this lasts, `running_url` of the data folder returns `url`, or that of a server started since.

    Each server has a file of its own; `server.json` says the same as the newest of them.
    """
    started = psutil.Process().create_time()
    content = json.dumps({"url": url, "pid": os.getpid(), "started": started})
    own = data / f"{_NAME}.{os.getpid()}-{secrets.token_hex(4)}"
    own.write_text(content)
    _say(data, content)
    try:
        yield
    finally:
        with suppress(OSError):
            own.unlink()
            if (data / _NAME).read_text() == content:
                _let_another_speak(data)


def running_url(data: Path) -> str | None:
    """Return the URL of the server that runs on this data folder, if there is one."""
    candidates = (_url_in(path) for path in (data / _NAME, *_newest_first(data)))
    return next((url for url in candidates if url is not None), None)


def _let_another_speak(data: Path) -> None:
    others = (path for path in _newest_first(data) if _url_in(path) is not None)
    if (other := next(others, None)) is not None:
        _say(data, other.read_text())
    else:
        (data / _NAME).unlink()


def _say(data: Path, content: str) -> None:
    draft = data / f".{_NAME}.{secrets.token_hex(4)}"
    draft.write_text(content)
    draft.replace(data / _NAME)


def _newest_first(data: Path) -> list[Path]:
    found = []
    for path in data.glob(f"{_NAME}.*"):
        # It may go while we look.
        with suppress(OSError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found, reverse=True)]


def _url_in(path: Path) -> str | None:
    try:
        content = json.loads(path.read_text())
        started = psutil.Process(content["pid"]).create_time()
        # The number of a server that was killed may be another program's by now.
        return str(content["url"]) if started == content["started"] else None
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return None
