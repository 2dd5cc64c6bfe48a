"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from filmgate.settings import absolute_url, sendable_key


def _absolute(value: str | None) -> str | None:
    try:
        return None if value is None else absolute_url(value)
    except ValueError as error:
        raise typer.BadParameter(f'"{value}" cannot be used: {error}') from error


def _sendable(value: str | None) -> str | None:
    try:
        return None if value is None else sendable_key(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder (FILMGATE_DATA).")
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        callback=_absolute,
        metavar="URL",
        help="The server to ask (FILMGATE_SERVER); else the one that runs on the data folder, "
        "else one is started for the call.",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        callback=_sendable,
        help="The API key (FILMGATE_API_KEY); else the data folder's local key.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where to save the video: a file, or a folder; else a file named for the prompt. "
        "An existing file is kept, and the new one gets a number.",
    ),
]
