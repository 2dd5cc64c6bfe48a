"""From what was typed to what the API takes."""

import base64
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import CAMERA_AXES, CameraType
from filmgate.media.pictures import read_picture

_PRESETS = tuple(each.value for each in CameraType if each is not CameraType.SIMPLE)
_IS_URL = re.compile(r"(https?://|data:)", re.IGNORECASE)
_IS_OTHER_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST_SPAN = timedelta(days=36500)


def picture_url(given: str | None, *, option: str) -> str | None:
    """Return a URL as it is, and the picture in a local file as a `data:` URL.

    Raises:
        typer.BadParameter: there is no such file, or it is not a JPEG, PNG or WebP picture.
    """
    if given is None or _IS_URL.match(given):
        return given
    if _IS_OTHER_URL.match(given):
        raise typer.BadParameter(f"{given} is no http, https or data URL", param_hint=option)
    path = Path(given).expanduser()
    try:
        facts = read_picture(path, field=str(path))
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(f"{path} cannot be read: {reason}", param_hint=option) from error
    except InvalidRequest as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    return f"data:{facts.content_type};base64,{base64.b64encode(content).decode()}"


def sendable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of it was given: the rest is the server's to choose, so it is not sent at all.

    Raises:
        typer.BadParameter: a number is not finite or what was typed is not text, so it cannot travel as JSON.
    """
    given = {name: value for name, value in body.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise typer.BadParameter(f"{name} must be a finite number, not {value}")
        # The shell's bytes that are not UTF-8 arrive as halves of surrogate pairs.
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise typer.BadParameter(f"{name} is not text in UTF-8")
    return given


def camera_control(given: str | None) -> dict[str, Any] | None:
    """Return `camera_control` for a preset's name, or for axes such as `pan=5,zoom=-3`.

    Raises:
        typer.BadParameter: it is neither.
    """
    if given is None:
        return None
    if given in _PRESETS:
        return {"type": given}
    config: dict[str, float] = {}
    for move in given.split(","):
        axis, _, value = (part.strip() for part in move.partition("="))
        try:
            config[axis] = float(value)
        except ValueError:
            config[""] = 0
    if not set(config) <= set(CAMERA_AXES):
        raise typer.BadParameter(
            f'"{given}" is not a camera move: give axes such as "pan=5,zoom=-3" '
            f"(of {', '.join(CAMERA_AXES)}; -10 to 10), or one of {', '.join(_PRESETS)}",
            param_hint="--camera",
        )
    return {"type": CameraType.SIMPLE.value, "config": config}


def span(given: str, *, option: str) -> timedelta:
    """Return a span such as `30d`, `12h`, `90m` or `2w`.

    Raises:
        typer.BadParameter: it is none.
    """
    found = _SPAN.fullmatch(given.strip().lower())
    if found and timedelta() < (length := int(found[1]) * _UNITS[found[2]]) <= _LONGEST_SPAN:
        return length
    raise typer.BadParameter(
        f'"{given}" is not a time span: give for example 90m, 12h, 30d or 2w', param_hint=option
    )
