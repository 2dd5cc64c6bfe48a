"""What the reference page says, taken from the OpenAPI document and the catalogue."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from filmgate.domain.models import AudioSupport, Catalog, ModelSpec
from filmgate.domain.requests import AspectRatio
from filmgate.domain.wording import in_credits, seconds
from filmgate.http.error_table import ERRORS

_CAMERA = "CameraConfigBody"
_WORDS = {"integer": "whole number", "number": "number", "string": "string", "boolean": "true · false"}
_REQUESTS = (
    *("CreateBody", "RetrieveBody", "RetrieveBatchBody", "DeleteBody"),
    *("DeliveryBody", "ReplayBody"),
)


@dataclass(frozen=True)
class FieldRow:
    """A field of a request: its name, type and limits, default, and what it is for."""

    name: str
    is_required: bool
    type: str
    default: str
    description: str


@dataclass(frozen=True)
class FieldTable:
    """The fields of one object; `anchor` is its name in the document."""

    anchor: str
    description: str
    rows: tuple[FieldRow, ...]


@dataclass(frozen=True)
class Shown:
    """An example: what it shows, and its text."""

    summary: str
    text: str


@dataclass(frozen=True)
class Endpoint:
    """One operation with its examples, and the statuses that tell of something else."""

    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    calls: tuple[Shown, ...]
    answers: tuple[Shown, ...]
    statuses: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ModelRow:
    """A row of the capability matrix in words; empty where the answer is no."""

    model: str
    mode: str
    text2video: str
    image2video: str
    extend: str
    end_image: str
    audio: str
    camera: str
    references: str
    multi_shot: str
    durations: str
    size: str
    credits: str
    is_first: bool


def docs_page(document: Mapping[str, Any], catalog: Catalog) -> dict[str, object]:
    """Return everything the template of the page names."""
    schemas = document["components"]["schemas"]
    return {
        "info": document["info"],
        "endpoints": tuple(_endpoints(document)),
        "tables": tuple(_tables(schemas)),
        "axes": tuple(_rows(schemas[_CAMERA], schemas)),
        "axes_note": _text(schemas[_CAMERA].get("description", "")),
        "models": models_table(catalog),
        "aliases": dict(catalog.aliases),
        "errors": ERRORS,
    }


def _endpoints(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            # HEAD says what GET says.
            if method == "head":
                continue
            yield Endpoint(
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=operation.get("description", ""),
                needs_key=operation.get("security") != [],
                calls=tuple(_calls(path, operation)),
                answers=tuple(_answers(operation)),
                statuses=tuple(_statuses(operation)),
            )


def _statuses(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each status but 200, with the place in the table of errors that tells of it, if any."""
    for status in operation["responses"]:
        if status != "200":
            codes = [case.code for case in ERRORS if str(case.status.value) == status]
            yield status, next(iter(codes), "")


def _calls(path: str, operation: Mapping[str, Any]) -> Iterator[Shown]:
    content = operation.get("requestBody", {}).get("content", {})
    for example in content.get("application/json", {}).get("examples", {}).values():
        body = json.dumps(example["value"], indent=2, ensure_ascii=False)
        call = f'curl "$FILMGATE{path}" -H "authorization: Bearer $KEY" --json {shlex.quote(body)}'
        yield Shown(example["summary"], call)


def _answers(operation: Mapping[str, Any]) -> Iterator[Shown]:
    for kind, content in operation["responses"]["200"].get("content", {}).items():
        for example in content.get("examples", {}).values():
            value = example["value"]
            text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
            summary = example["summary"] if kind == "application/json" else f"{example['summary']} ({kind})"
            yield Shown(summary, text)


def _tables(schemas: Mapping[str, Any]) -> Iterator[FieldTable]:
    nested = [name for name in schemas if name.endswith("Body") and name not in (*_REQUESTS, _CAMERA)]
    for name in (_REQUESTS[0], *nested, *_REQUESTS[1:]):
        yield FieldTable(
            name, _text(schemas[name].get("description", "")), tuple(_rows(schemas[name], schemas))
        )


def _rows(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[FieldRow]:
    for name, field in schema["properties"].items():
        default = field.get("default")
        yield FieldRow(
            name=name,
            is_required=name in schema.get("required", ()),
            type=_type(field, schemas),
            default="" if default is None else str(json.dumps(default)).strip('"'),
            description=field.get("description", ""),
        )


def _type(field: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Put a schema into words, such as `whole number, 3 to 15`."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _type(schemas[name], schemas) if "enum" in schemas[name] else name
    if "enum" in field:
        return " · ".join(field["enum"])
    if "const" in field:
        return str(field["const"])
    if "anyOf" in field:
        kinds = [_type(each, schemas) for each in field["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if field.get("type") == "array":
        most = f"at most {field['maxItems']} × " if "maxItems" in field else ""
        return f"list of {most}{_type(field['items'], schemas)}"
    return _WORDS.get(field.get("type", ""), "anything") + _limits(field)


def _limits(field: Mapping[str, Any]) -> str:
    if "minimum" in field and "maximum" in field:
        return f", {field['minimum']:,} to {field['maximum']:,}"
    return f", at most {field['maxLength']:,} characters" if "maxLength" in field else ""


def _text(docstring: str) -> str:
    return " ".join(docstring.split())


def models_table(catalog: Catalog) -> tuple[ModelRow, ...]:
    """Return the capability matrix in words, row by row."""
    return tuple(_models(catalog))


def _models(catalog: Catalog) -> Iterator[ModelRow]:
    before = ""
    for spec in catalog.specs.values():
        yield ModelRow(
            model=spec.model,
            mode="single" if spec.single_mode else spec.mode.value,
            text2video="yes" if spec.text2video else "",
            image2video="yes" if spec.image2video else "",
            extend="any" if spec.extend else "own",
            end_image=_at(spec.end_image_durations, spec),
            audio=_audio(spec),
            camera=_at(spec.camera_durations, spec),
            references="yes" if spec.references else "",
            multi_shot="yes" if spec.multi_shot else "",
            durations=seconds(spec.durations),
            size=_size(spec),
            credits=in_credits(spec.millicredits_per_second),
            is_first=spec.model != before,
        )
        before = spec.model


def _at(durations: tuple[int, ...], spec: ModelSpec) -> str:
    if not durations:
        return ""
    return "yes" if durations == spec.durations else f"at {seconds(durations)}"


def _audio(spec: ModelSpec) -> str:
    factor = "" if spec.audio_factor == Fraction(1) else f", × {float(spec.audio_factor):g}"
    return {
        AudioSupport.NONE: "",
        AudioSupport.OPTIONAL: f"yes{factor}",
        AudioSupport.DEFAULT_ON: f"by default{factor}",
    }[spec.audio]


def _size(spec: ModelSpec) -> str:
    if spec.short_side is None:
        return "of its source"
    width, height = spec.frame_size(AspectRatio.WIDE.fraction)
    return f"{width}×{height} · {spec.fps}"
