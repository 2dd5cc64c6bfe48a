"""How commands find the server that runs on a data folder: through a file that it leaves there."""

import fcntl
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

    Each server has a file of its own, and a lock on it; `server.json` says the same as the newest of them.
    What killed servers left is removed.
    """
    started = psutil.Process().create_time()
    content = json.dumps({"url": url, "pid": os.getpid(), "started": started})
    _clear_away_killed(data)
    own = data / f"{_NAME}.{os.getpid()}-{secrets.token_hex(4)}"
    with _locked(own, content):
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


@contextmanager
def _locked(path: Path, content: str) -> Iterator[None]:
    # It gets its name only with the lock: whoever clears away takes a file without one for a dead server's.
    draft = path.with_name(f".{path.name}")
    with draft.open("w") as opened:
        # Where a file system has no locks, nobody can take this one either, and the file stays.
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX)
        opened.write(content)
        opened.flush()
        draft.rename(path)
        yield


def _clear_away_killed(data: Path) -> None:
    # A server of another container has no number here, but its lock holds here too.
    for path in data.glob(f"{_NAME}.*"):
        with suppress(OSError), path.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _url_in(path) is None:
                path.unlink()


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
