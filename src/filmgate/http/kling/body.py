"""From the body of a create to a `GenerationRequest`, or to everything that is wrong with it at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.models import Catalog
from filmgate.domain.objections import objections, shape_objections
from filmgate.domain.requests import Action, GenerationRequest
from filmgate.domain.tasks import Warned
from filmgate.domain.wording import shown
from filmgate.http.kling.create_schema import CreateBody
from filmgate.http.kling.field_names import (
    FIELDS,
    unknown_beside,
    unknown_fields,
    unsupported_fields,
    without_no_ops,
)
from filmgate.http.kling.parts import PartsReader
from filmgate.http.kling.redaction import refuse_unstorable
from filmgate.http.kling.shapes import read_shapes

_REFERENCES = ("element_list", "video_list", "image_list")
_FRAMES = ("start_image_url", "end_image_url")

# A rule reads several fields. Where one of them could not be read, what the rule says of another is
# not to be trusted, so these objections wait until the field they hang on is mended.
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "prompt": (*_REFERENCES, "multi_shot"),
    "negative_prompt": _REFERENCES,
    "end_image_url": ("start_image_url",),
    "camera_control": ("mode", "end_image_url"),
    "generate_audio": ("video_list",),
    "image_list": (*_FRAMES, "video_list"),
    "shot_type": ("multi_shot",),
    "multi_prompt": (*_REFERENCES, "multi_shot", "shot_type", "duration"),
}


@dataclass(frozen=True, kw_only=True)
class ParsedCreate:
    """A create that can be honoured, as far as its body alone shows.

    `asynchronous` says whether the answer is due at once: `async` was true or a callback was given.
    """

    request: GenerationRequest
    asynchronous: bool
    callback_url: str | None
    warnings: tuple[Warned, ...]


def parse_create(body: object, catalog: Catalog) -> ParsedCreate:
    """Read the decoded JSON body of a create and hold it against the catalogue.

    Inline pictures are decoded but not looked into; what an extend asks of its source is not checked.

    Raises:
        InvalidRequest: lists every objection, in the order of the documented fields.
    """
    if not isinstance(body, Mapping):
        message = f"The body must be a JSON object, not {shown(body)}."
        raise InvalidRequest([Objection("body", shown(body), message)])
    refuse_unstorable(body)
    given = without_no_ops(body)
    shapes, misshapen = read_shapes(given, catalog)
    warnings, too_many_unknown = unknown_fields(shapes)
    parts = PartsReader(limits=catalog.limits)
    request = _request(shapes, parts, catalog)
    callback_url = shapes.callback_url and parts.web_url(shapes.callback_url, field="callback_url")
    found = [
        *unsupported_fields(given),
        *too_many_unknown,
        *misshapen,
        *parts.objections,
        *_broken_rules(request, catalog, unread={_top(each.field) for each in misshapen}),
    ]
    if found:
        raise InvalidRequest([*sorted(found, key=_place), *unknown_beside(warnings)])
    return ParsedCreate(
        request=replace(request, model=catalog.canonical(request.model)),
        asynchronous=bool(shapes.asynchronous) or callback_url is not None,
        callback_url=callback_url,
        warnings=warnings,
    )


def _request(shapes: CreateBody, parts: PartsReader, catalog: Catalog) -> GenerationRequest:
    return GenerationRequest(
        action=shapes.action or Action.TEXT2VIDEO,
        model=shapes.model or catalog.default_model,
        mode=shapes.mode or catalog.default_mode,
        duration=catalog.default_duration if shapes.duration is None else shapes.duration,
        prompt=shapes.prompt or "",
        negative_prompt=shapes.negative_prompt,
        start_image=parts.frame(shapes.start_image_url, field="start_image_url"),
        end_image=parts.frame(shapes.end_image_url, field="end_image_url"),
        video_id=shapes.video_id,
        aspect_ratio=shapes.aspect_ratio,
        cfg_scale=shapes.cfg_scale,
        camera=parts.camera(shapes.camera_control),
        generate_audio=shapes.generate_audio,
        elements=parts.elements(shapes.element_list or ()),
        videos=parts.videos(shapes.video_list or ()),
        images=parts.images(shapes.image_list or ()),
        multi_shot=bool(shapes.multi_shot),
        shot_type=shapes.shot_type,
        shots=parts.shots(shapes.multi_prompt or ()),
        seed=shapes.seed,
    )


def _broken_rules(request: GenerationRequest, catalog: Catalog, *, unread: set[str]) -> list[Objection]:
    """Return what the rules object to, but for what rests on a field that could not be read."""
    lookup: tuple[Objection, ...] = ()
    rules: Iterable[Objection]
    try:
        spec = catalog.spec(request.model, request.mode)
    except InvalidRequest as error:
        lookup, rules = error.objections, shape_objections(request, catalog.limits)
    else:
        rules = objections(request, spec, catalog.limits, rows=catalog.specs.values())
        if unread & {"model", "mode"}:
            rules = shape_objections(request, catalog.limits)
    if "action" in unread:
        rules = ()
    return [
        objection
        for objection in (*lookup, *rules)
        if not unread & {_top(objection.field), *_RESTS_ON.get(_top(objection.field), ())}
    ]


def _top(field: str) -> str:
    return field.partition(".")[0].partition("[")[0]


def _place(objection: Objection) -> int:
    top = _top(objection.field)
    return FIELDS.index(top) if top in FIELDS else len(FIELDS)
