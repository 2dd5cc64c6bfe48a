"""`filmgate backup` and `filmgate restore`: the database and the files, in one folder."""

import asyncio
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from filmgate import __version__
from filmgate.announcement import running_url
from filmgate.cli.ending import CommandFailed
from filmgate.cli.loop import run
from filmgate.cli.opened import check_folder
from filmgate.cli.options import DataOption
from filmgate.domain.wording import counted
from filmgate.logs import configure_logs
from filmgate.settings import Settings, load_settings

_FORMAT = 1
_NOTE, _DATABASE, _OBJECTS = "backup.json", "database.dump", "objects"


def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A folder that does not exist yet.")],
    data: DataOption = None,
) -> None:
    """Write the database, and the files of a local storage, to a new folder; servers may run meanwhile.

    Files in an object store are left to its own means.
    """
    from filmgate.app.ground import open_database_url
    from filmgate.media.copying import copy_objects
    from filmgate.store.backup import dump

    settings = _settings(data)
    if target.exists():
        raise CommandFailed(f"{target} exists already; name a new folder.")
    check_folder(settings)
    objects = _local_objects(settings)

    async def write(unfinished: Path) -> int:
        # The database first: files are stored before it knows of them, so it knows none that is missing.
        async with open_database_url(settings) as url:
            await dump(url, unfinished / _DATABASE, is_embedded=settings.database_url is None)
        return 0 if objects is None else await asyncio.to_thread(copy_objects, objects, unfinished / _OBJECTS)

    with _whole_or_nothing(target) as unfinished:
        n_files = run(write(unfinished))
        note = {"format": _FORMAT, "version": __version__, "made_at": datetime.now(UTC).isoformat()}
        note |= {"has_files": objects is not None}
        (unfinished / _NOTE).write_text(json.dumps(note, indent=2))
    typer.echo(str(target.absolute()))
    told = (
        counted(n_files, "file")
        if objects is not None
        else "no files: those in the object store are not copied"
    )
    typer.echo(f"Backed up the database and {told}.", err=True)


def restore(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder that `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the database and the files that are there.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Bring back what a backup holds; no server or worker may run meanwhile."""
    settings = _settings(data)
    has_files = _has_files(source)
    if (url := running_url(settings.data)) is not None:
        raise CommandFailed(f"A Filmgate serves this data folder at {url}; stop it first.")
    objects = _local_objects(settings) if has_files else None
    if has_files and objects is None:
        raise CommandFailed(
            "The backup has files, but FILMGATE_STORAGE_URL names an object store: copy them there from "
            f"{source / _OBJECTS} by its own means, then restore with a copy of the backup without them."
        )
    run(_bring_back(settings, source, objects=objects, is_replacing=replace))
    typer.echo("Restored; start Filmgate as usual.", err=True)


async def _bring_back(settings: Settings, source: Path, *, objects: Path | None, is_replacing: bool) -> None:
    from filmgate.app.ground import open_database_url
    from filmgate.media.copying import copy_objects, is_empty
    from filmgate.store import backup as database

    async with open_database_url(settings) as url:
        if await database.is_in_use(url):
            raise CommandFailed("Servers or workers are connected to the database; stop them first.")
        if not is_replacing:
            if not await database.is_empty(url):
                raise CommandFailed("The database is not empty; --replace removes what is in it.")
            if objects is not None and not is_empty(objects):
                raise CommandFailed(f"{objects} is not empty; --replace removes what is in it.")
        with _saying_where(settings.data):
            if objects is not None:
                # Files before the database that knows of them, and the old ones until it is there.
                fresh = objects.with_name(f"{objects.name}.restoring")
                shutil.rmtree(fresh, ignore_errors=True)
                await asyncio.to_thread(copy_objects, source / _OBJECTS, fresh)
            await database.load(url, source / _DATABASE, is_embedded=settings.database_url is None)
            if objects is not None:
                await asyncio.to_thread(_swap, fresh, objects)


def _swap(fresh: Path, objects: Path) -> None:
    old = objects.with_name(f"{objects.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    if objects.exists():
        objects.rename(old)
    fresh.rename(objects)
    shutil.rmtree(old, ignore_errors=True)


def _settings(data: Path | None) -> Settings:
    settings = load_settings(data=data)
    configure_logs(settings.log_format, least=logging.ERROR)
    return settings


def _local_objects(settings: Settings) -> Path | None:
    parts = urlsplit(settings.objects_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _has_files(source: Path) -> bool:
    try:
        note = json.loads((source / _NOTE).read_text())
        written_as, has_files = int(note["format"]), bool(note["has_files"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CommandFailed(f"{source} is not a backup: it has no readable {_NOTE}.") from error
    if written_as != _FORMAT:
        raise CommandFailed(
            f"{source} was written by another version, in format {written_as}, not {_FORMAT}."
        )
    return has_files


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """Yield a folder that gets the target's name once the block has filled it."""
    unfinished = target.absolute().with_name(f"{target.absolute().name}.unfinished")
    with _saying_where(target):
        unfinished.mkdir(mode=0o700, parents=True)
        try:
            yield unfinished
            unfinished.rename(target.absolute())
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _saying_where(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"{error.filename or folder}: {error.strerror or error}.") from error
