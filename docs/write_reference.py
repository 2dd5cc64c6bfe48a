"""Writes the pages of `docs/reference/` from the code; `make docs` runs it, and a test holds them to it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer.main
from typer.testing import CliRunner

from filmgate.cli import app
from filmgate.domain.models import AudioSupport, Catalog, ModelSpec
from filmgate.domain.objections import objections
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    Element,
    GenerationRequest,
    ImageReference,
    RemoteMedia,
    Shot,
    ShotType,
    VideoReference,
    VideoUse,
)
from filmgate.domain.wording import seconds
from filmgate.engines.kind import EngineTools
from filmgate.http.error_table import STATUS_OF_CODE
from filmgate.kinds import BUILT_IN, load_default_catalog
from filmgate.ports import Engine
from filmgate.settings import Settings

_FOLDER = Path(__file__).parent / "reference"
_NOTE = (
    "<!-- Written by docs/write_reference.py from the code; change the code, then run `make docs`. -->\n\n"
)
_PLAIN = {"COLUMNS": "100", "NO_COLOR": "1"}

_PICTURE = RemoteMedia(url="https://example.com/harbour.jpg")
_VIDEO = RemoteMedia(url="https://example.com/harbour.mp4")
_FROM_PICTURE = {"action": Action.IMAGE2VIDEO, "start_image": _PICTURE}

# What a caller would call it, and the plainest request that asks for it.
_FEATURES: Mapping[str, Mapping[str, Any]] = {
    "`text2video`": {},
    "`image2video`": _FROM_PICTURE,
    "`end_image_url`": {**_FROM_PICTURE, "end_image": _PICTURE},
    "`extend`": {"action": Action.EXTEND, "video_id": "900798310464749610"},
    "`aspect_ratio` 9:16": {"aspect_ratio": AspectRatio.TALL},
    "`negative_prompt`": {"negative_prompt": "fog"},
    "`cfg_scale`": {"cfg_scale": 0.8},
    "`seed`": {"seed": 7},
    "`camera_control`": {"camera": CameraMove(pan=0.5)},
    "`generate_audio` true": {"generate_audio": True},
    "`generate_audio` false": {"generate_audio": False},
    "`element_list`": {"elements": (Element(image=_PICTURE),)},
    "`image_list`": {"images": (ImageReference(image=_PICTURE),)},
    "`video_list`, base": {
        "videos": (VideoReference(video=_VIDEO, use=VideoUse.BASE, keep_original_sound=True),)
    },
    "`video_list`, feature": {
        "videos": (VideoReference(video=_VIDEO, use=VideoUse.FEATURE, keep_original_sound=False),)
    },
    "`multi_shot`, customize": {"multi_shot": True, "shot_type": ShotType.CUSTOMIZE},
    "`multi_shot`, intelligence": {"multi_shot": True, "shot_type": ShotType.INTELLIGENCE},
}


def pages() -> Mapping[str, str]:
    """Return every page by its file name."""
    return {
        "settings.md": _NOTE + "\n".join(_settings()) + "\n",
        "models.md": _NOTE + "\n".join(_models()) + "\n",
        "commands.md": _NOTE + "\n".join(_commands()) + "\n",
        "errors.md": _NOTE + "\n".join(_errors()) + "\n",
        "engines.md": _NOTE + "\n".join(_engines()) + "\n",
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
        printed = CliRunner().invoke(app, [*path, "--help"], env=_PLAIN, prog_name="filmgate").stdout
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
    yield "\nA create that was answered 5xx may have been ordered all the same. Repeated within 15 s, or"
    yield "within 24 h with the same `Idempotency-Key`, it joins that order; repeated later without a key it"
    yield "is a second one, and charged."
    yield "See [when a repeat is the same order](../how-to/move-a-client.md#when-a-repeat-is-the-same-order)."


def _engines() -> Iterator[str]:
    yield "# Engines\n"
    yield "What may stand in a table of `filmgate.toml`, and what each kind of engine can honour of what its"
    yield "models accept. What it cannot is answered `400 api_not_implemented` and the field's name, unless"
    yield "another engine on the route can. A renderer of your own is taken to honour everything.\n"
    yield from _honoured(load_default_catalog())
    for name, kind in BUILT_IN.items():
        yield f'\n## `kind = "{name}"`\n'
        yield "| option | default | meaning |"
        yield "|---|---|---|"
        for option, field in kind.settings.model_fields.items():
            default = (
                "required" if field.is_required() else "" if field.default is None else f"`{field.default}`"
            )
            yield f"| `{option}` | {default} | {field.description or ''} |"


def _honoured(catalog: Catalog) -> Iterator[str]:
    """Yield the lines of a table of features and engines, each cell with the models that it holds for."""
    engines = dict(_example_engines())
    yield f"| | {' | '.join(engines)} |"
    yield f"|---|{'---|' * len(engines)}"
    for feature, given in _FEATURES.items():
        cells = (_cell(engine, given, catalog) for engine in engines.values())
        yield f"| {feature} | {' | '.join(cells)} |"


def _example_engines() -> Iterator[tuple[str, Engine]]:
    tools = EngineTools(secret=lambda variable: variable, data=Path(), max_download_bytes=1)
    for kind in BUILT_IN.values():
        for label, table in kind.examples.items():
            yield label, kind.engine(label, table=table, tools=tools)


def _cell(engine: Engine, given: Mapping[str, Any], catalog: Catalog) -> str:
    asked: list[str] = []
    can: list[str] = []
    for spec in catalog.specs.values():
        requests = list(_requests(spec, given, catalog))
        if requests:
            name = spec.model if spec.single_mode else f"{spec.model} {spec.mode}"
            asked.append(name)
            can += [name] * any(not list(engine.objections(request, spec)) for request in requests)
    if not can or can == asked:
        return "yes" if can else "no"
    return ", ".join(_models_in_short(can, asked))


def _requests(spec: ModelSpec, given: Mapping[str, Any], catalog: Catalog) -> Iterator[GenerationRequest]:
    """Yield the request in every duration at which the model takes it."""
    for duration in spec.durations:
        fields: dict[str, Any] = {"action": Action.TEXT2VIDEO, "prompt": "a harbour at dawn", **given}
        if fields.get("shot_type") is ShotType.CUSTOMIZE:
            fields["shots"] = (Shot(index=1, prompt="boats", duration=duration),)
        request = GenerationRequest(model=spec.model, mode=spec.mode, duration=duration, **fields)
        if not list(objections(request, spec, catalog.limits)):
            yield request


def _models_in_short(can: Sequence[str], asked: Sequence[str]) -> Iterator[str]:
    """Yield a model's name alone where it can in all modes that were asked of it."""
    for model in dict.fromkeys(name.split()[0] for name in asked):
        of_model = [name for name in asked if name.split()[0] == model]
        able = [name for name in of_model if name in can]
        yield from [model] if able == of_model else able


if __name__ == "__main__":
    _FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (_FOLDER / name).write_text(text)
