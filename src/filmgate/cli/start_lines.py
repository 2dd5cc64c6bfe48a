"""What a server or a worker says when it has started."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote

from filmgate import __version__
from filmgate.engines_file import EnginesFile
from filmgate.settings import LOCAL_KEY, Settings

# The kind of engine that draws, where others film.
_DRAWING = "animatic"
_EXAMPLE = '{"prompt": "a cinematic sunset over the ocean"}'


def serve_lines(
    settings: Settings,
    *,
    url: str,
    claim: str | None,
    sheltered_in: Path | None,
    engines: Sequence[str],
) -> list[str]:
    """Return the lines of a server at `url`; without `engines` it only answers.

    They tell where the key lies, not the key: what a service prints is kept for long and read by many.
    `claim` is the secret of the link by which the operator's account is claimed, or None once it was.
    """
    key = settings.data.absolute() / LOCAL_KEY
    seen_as = f", seen from outside as {settings.public_url}" if settings.public_url else ""
    return [
        "",
        f"  Filmgate {__version__} serves {url}{seen_as}",
        "",
        f"  data      {settings.data.absolute()}",
        *_database_lines(settings, sheltered_in),
        f"  renders   {_engine_words(settings, engines)}",
        f"  console   {url}",
        f"  docs      {url}/docs",
        f"  key       {key}",
        *_claim_lines(settings.public_url or url, claim),
        "",
        "  Make a video:",
        "",
        f'  curl {url}/kling/videos -H "authorization: Bearer $(cat {quote(str(key))})" '
        f"-H 'content-type: application/json' -d '{_EXAMPLE}'",
        "",
        "  Ctrl-C stops it.",
        "",
    ]


def worker_lines(settings: Settings, *, slots: Mapping[str, int]) -> list[str]:
    """Return the lines of a worker with so many slots on each engine."""
    served = ", ".join(f"{name} ({n_slots} at once)" for name, n_slots in slots.items())
    return [f"Filmgate {__version__} renders with {served}; Ctrl-C stops it."] + [
        line.strip() for line in _database_lines(settings, None)
    ]


def unknown_lines(unknown: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return a warning for each variable that no setting is called by, with the nearest name that is."""
    return [
        f"warning: {name} is no setting and has no effect" + (f"; did you mean {near}?" if near else ".")
        for name, near in unknown
    ]


def warning_lines(settings: Settings, *, is_loopback: bool, other_url: str | None) -> list[str]:
    """Return what an operator should know before the first caller finds out.

    `other_url` is that of a server which runs on the same data folder already.
    """
    told = []
    if other_url is not None:
        told.append(
            f"note: another server runs on this data folder, at {other_url}; the two share its tasks, keys "
            "and files."
        )
    if is_loopback or settings.public_url:
        return told
    return [
        *told,
        "warning: others can reach this server, but FILMGATE_PUBLIC_URL is not set, so the URLs of videos "
        "start with whatever host name each caller used. Set it to the address that all of them know.",
    ]


def route_warnings(file: EnginesFile) -> list[str]:
    """Return a warning for each route on which a film and a drawing of it take turns."""
    mixed = []
    for route in file.routes:
        kinds = {file.engines[name].kind_name for name in route.engines}
        if _DRAWING in kinds and kinds != {_DRAWING}:
            mixed.append(
                f"warning: the route of {', '.join(route.models)} mixes animatic engines with others "
                f"({', '.join(route.engines)}): when the others are away, callers are sent and pay for an "
                "animatic, which does not show the people, animals or objects of a prompt."
            )
    return mixed


def _claim_lines(origin: str, claim: str | None) -> list[str]:
    if claim is None:
        return []
    return [
        "",
        "  Choose the operator's password (this link works once, for a day):",
        f"  {origin}/enter/{claim}",
    ]


def _database_lines(settings: Settings, sheltered_in: Path | None) -> list[str]:
    if settings.database_url is not None:
        return ["  database  the PostgreSQL server of FILMGATE_DATABASE_URL"]
    if sheltered_in is not None:
        return [f"  database  {sheltered_in} (PostgreSQL's user cannot enter the data folder)"]
    return []


def _engine_words(settings: Settings, engines: Sequence[str]) -> str:
    if engines:
        return f"with {', '.join(engines)}"
    return f"elsewhere; start a worker with: filmgate worker --data {quote(str(settings.data.absolute()))}"
