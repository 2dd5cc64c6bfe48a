"""Writes the pages of `docs/reference/` from the code; `make docs` runs it, and a test holds them to it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import typer.main
from typer.testing import CliRunner

from filmgate.app import load_default_catalog
from filmgate.cli import app
from filmgate.domain.models import AudioSupport, ModelSpec
from filmgate.domain.requests import AspectRatio
from filmgate.domain.wording import seconds
from filmgate.http.errors import STATUS_OF_CODE
from filmgate.settings import Settings

_FOLDER = Path(__file__).parent / "reference"
_NOTE = (
    "<!-- Written by docs/write_reference.py from the code; change the code, then run `make docs`. -->\n\n"
)


def pages() -> Mapping[str, str]:
    """Return every page by its file name."""
    return {
        "settings.md": _NOTE + "\n".join(_settings()) + "\n",
        "models.md": _NOTE + "\n".join(_models()) + "\n",
        "commands.md": _NOTE + "\n".join(_commands()) + "\n",
        "errors.md": _NOTE + "\n".join(_errors()) + "\n",
    }


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Everything is read from the environment, and everything is optional.\n"
    yield "| name | default | meaning |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        yield f"| `FILMGATE_{name.upper()}` | {default} | {field.description} |"


def _models() -> Iterator[str]:
    catalog = load_default_catalog()
    yield "# Models\n"
    yield "The capability matrix and the prices of `catalog.toml`. Credits are for each second of video.\n"
    yield "| model | mode | seconds | 16:9 | end picture | sound | camera | references | shots | credits |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for spec in catalog.specs.values():
        yield _model_row(spec)
    aliases = ", ".join(f"`{alias}` is `{model}`" for alias, model in catalog.aliases.items())
    yield f"\nOther names: {aliases}."


def _model_row(spec: ModelSpec) -> str:
    size = "of its source" if spec.short_side is None else f"{_size(spec)} · {spec.fps}"
    sound = {AudioSupport.NONE: "no", AudioSupport.OPTIONAL: "yes", AudioSupport.DEFAULT_ON: "unless false"}
    price = f"{spec.millicredits_per_second / 1000:g}"
    if spec.audio is not AudioSupport.NONE and spec.audio_factor != 1:
        price += f", x {float(spec.audio_factor):g} with sound"
    return (
        f"| `{spec.model}` | {'single' if spec.single_mode else spec.mode} "
        f"| {_span(spec.durations)} | {size} "
        f"| {_when(spec.end_image_durations, spec)} | {sound[spec.audio]} "
        f"| {_when(spec.camera_durations, spec)} | {_yes(spec.references)} | {_yes(spec.multi_shot)} "
        f"| {price} |"
    )


def _size(spec: ModelSpec) -> str:
    width, height = spec.frame_size(AspectRatio.WIDE.fraction)
    return f"{width}x{height}"


def _span(durations: tuple[int, ...]) -> str:
    if len(durations) > 2 and durations == tuple(range(durations[0], durations[-1] + 1)):
        return f"{durations[0]}-{durations[-1]}"
    return ", ".join(map(str, durations))


def _when(durations: tuple[int, ...], spec: ModelSpec) -> str:
    if not durations:
        return "no"
    return "yes" if durations == spec.durations else f"only {seconds(durations)}"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "What each command prints for `--help`.\n"
    for path in _paths(typer.main.get_command(app)):
        yield f"## {' '.join(('filmgate', *path))}\n"
        printed = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "100", "NO_COLOR": "1"}).stdout
        yield "```"
        yield printed.strip()
        yield "```\n"


def _paths(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    commands: Mapping[str, object] = getattr(command, "commands", {})
    for name, each in commands.items():
        yield from _paths(each, (*path, name))


def _errors() -> Iterator[str]:
    yield "# Errors\n"
    yield "Every refusal has one shape, and `trace_id` finds it in the log:\n"
    yield "```json"
    yield '{"success": false, "trace_id": "...", "error": {"code": "bad_request", "message": "..."}}'
    yield "```\n"
    yield "| code | HTTP |"
    yield "|---|---|"
    for code, status in STATUS_OF_CODE.items():
        yield f"| `{code}` | {status.value} {status.phrase} |"


if __name__ == "__main__":
    _FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (_FOLDER / name).write_text(text)
