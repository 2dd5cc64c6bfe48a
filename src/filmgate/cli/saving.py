"""Where a video is saved: under a name of its own, never over another file."""

import itertools
import re
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

import typer

from filmgate.cli.client import Client
from filmgate.cli.ending import CommandFailed

_NOT_IN_A_NAME = re.compile(r"[^\w]+")
_LONGEST_NAME = 48


def wanted_path(output: Path | None, *, prompt: str) -> Path:
    """Return where the video should go, before it is known whether something is there.

    Raises:
        typer.BadParameter: nothing can be written there; better now than after the render.
    """
    path = output or Path()
    try:
        if path.is_dir():
            words = _NOT_IN_A_NAME.sub("-", prompt.lower())[:_LONGEST_NAME].strip("-_")
            path = path / f"{words or 'video'}.mp4"
        if not path.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--output")
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:_LONGEST_NAME]}.", suffix=".part"):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(
            f"nothing can be written to {path.parent}: {reason}", param_hint="--output"
        ) from error
    return path


async def save(client: Client, url: str, wanted: Path) -> Path:
    """Fetch the video to `wanted` or, where that exists, to the next free name, and return its path.

    Raises:
        CommandFailed: it could not be written; says where the video still is.
    """
    draft = wanted.with_name(f".{wanted.name[:_LONGEST_NAME]}.{secrets.token_hex(4)}.part")
    try:
        await client.download(url, draft)
        path = _reserved(wanted)
        draft.replace(path)
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename})"
        raise CommandFailed(f"The video could not be saved: {reason}. It is at {url}") from error
    finally:
        draft.unlink(missing_ok=True)
    return path


def _reserved(wanted: Path) -> Path:
    """Return a path whose file was made just now, so that nobody else can take the name in between."""
    for number in itertools.count(1):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always another number")
