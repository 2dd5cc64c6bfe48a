"""What a create may not ask: every rule of the contract, each naming its field and what would do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from filmgate.domain.citations import citation_objections
from filmgate.domain.errors import Objection
from filmgate.domain.models import AudioSupport, Limits, ModelSpec
from filmgate.domain.references import reference_objections
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.domain.shots import shot_objections
from filmgate.domain.sizes import too_long
from filmgate.domain.tasks import Warned
from filmgate.domain.wording import either, seconds, shown


def objections(
    request: GenerationRequest, spec: ModelSpec, limits: Limits, *, rows: Iterable[ModelSpec] = ()
) -> Iterator[Objection]:
    """Name everything in the request that its row of the matrix, or any model, cannot honour.

    `rows` is the matrix; with it a refusal says which models and modes would accept the field.
    What an extend asks of its source is for `extend_objections`.
    """
    yield from shape_objections(request, limits)
    if request.action is Action.EXTEND:
        yield from _extend_fields(request)
    else:
        yield from _capabilities(request, spec, tuple(rows))
    if request.duration not in spec.durations:
        yield Objection(
            "duration",
            shown(request.duration),
            f"duration {shown(request.duration)} is not supported by {spec.model}; "
            f"it accepts {seconds(spec.durations)}.",
        )


def shape_objections(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    """Name what no model could honour: a field missing, too much, or at odds with another field."""
    yield from _texts(request, limits)
    if request.action is not Action.EXTEND:
        yield from _frames(request)
        yield from reference_objections(request, limits)
        yield from shot_objections(request, limits)
        yield from citation_objections(request)
    if request.camera is not None and request.mode is Mode.UHD:
        yield Objection("camera_control", "4k", "camera_control cannot be combined with mode=4k.")
    if request.camera is not None and request.end_image is not None:
        message = "camera_control cannot be combined with end_image_url; send one of the two."
        yield Objection("camera_control", None, message)
    if request.cfg_scale is not None and not 0 <= request.cfg_scale <= 1:
        message = f"cfg_scale must be from 0 to 1, not {shown(request.cfg_scale)}."
        yield Objection("cfg_scale", request.cfg_scale, message)
    if request.seed is not None and not 0 <= request.seed <= limits.seed:
        message = f"seed must be from 0 to {limits.seed}, not {shown(request.seed)}."
        yield Objection("seed", shown(request.seed), message)


def _texts(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    if len(request.prompt) > limits.prompt_characters:
        yield too_long("prompt", len(request.prompt), limit=limits.prompt_characters)
    if not request.prompt.strip() and request.action is not Action.EXTEND and not request.multi_shot:
        yield Objection("prompt", shown(request.prompt), f"prompt is required for {request.action}.")
    negative = request.negative_prompt or ""
    if len(negative) > limits.negative_prompt_characters:
        yield too_long("negative_prompt", len(negative), limit=limits.negative_prompt_characters)


def _frames(request: GenerationRequest) -> Iterator[Objection]:
    if request.video_id is not None:
        message = f"video_id is not supported for {request.action}; it names the source of an extend."
        yield Objection("video_id", shown(request.video_id), message)
    if request.action is Action.TEXT2VIDEO:
        for field, given in (
            ("start_image_url", request.start_image),
            ("end_image_url", request.end_image),
        ):
            if given is not None:
                message = f"{field} is not supported for text2video. Pictures need action image2video."
                yield Objection(field, None, message)
    # One sentence for the pair: users of the hosted service look for these words.
    elif request.start_image is None and request.end_image is not None:
        message = (
            "only image_tail: end_image_url was sent without start_image_url, which image2video requires."
        )
        yield Objection("end_image_url", None, message)
    elif request.start_image is None:
        message = "start_image_url is required for image2video: an http(s) URL or a data:image/…;base64, URL."
        yield Objection("start_image_url", None, message)


def _capabilities(
    request: GenerationRequest, spec: ModelSpec, rows: tuple[ModelSpec, ...]
) -> Iterator[Objection]:
    if not spec.accepts(request.action):
        able = either(dict.fromkeys(row.model for row in rows if row.accepts(request.action)))
        instead = f"send action extend, or for {request.action} one of {able}." if able else "send extend."
        message = f"action {request.action} is not supported by {spec.model}, which only extends: {instead}"
        yield Objection("action", request.action.value, message)
        return
    cell = _Cell(request=request, spec=spec, rows=rows)
    if request.end_image is not None and request.action is Action.IMAGE2VIDEO:
        yield from cell.refusals("end_image_url", "image_tail", accepts=_with_end_image)
    elif request.ends_on_picture and spec.references:
        yield from cell.refusals("image_list", "image_tail", accepts=_with_end_image)
    # At 4k the shorter and better known sentence has been said already.
    if request.camera is not None and request.mode is not Mode.UHD:
        yield from cell.refusals("camera_control", "camera_control", accepts=_with_camera)
    if request.generate_audio:
        yield from cell.refusals("generate_audio", "generate_audio", accepts=_with_sound)
    for field, given in (
        ("element_list", request.elements),
        ("video_list", request.videos),
        ("image_list", request.images),
    ):
        if given:
            yield from cell.refusals(field, field, accepts=_with_references)
    if request.multi_shot:
        yield from cell.refusals("multi_shot", "multi_shot", accepts=_with_shots)


def _with_end_image(row: ModelSpec) -> tuple[int, ...]:
    return row.end_image_durations


def _with_camera(row: ModelSpec) -> tuple[int, ...]:
    return row.camera_durations


def _with_sound(row: ModelSpec) -> tuple[int, ...]:
    return () if row.audio is AudioSupport.NONE else row.durations


def _with_references(row: ModelSpec) -> tuple[int, ...]:
    return row.durations if row.references else ()


def _with_shots(row: ModelSpec) -> tuple[int, ...]:
    return row.durations if row.multi_shot else ()


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """The cell of the matrix a request falls into, among all rows."""

    request: GenerationRequest
    spec: ModelSpec
    rows: tuple[ModelSpec, ...]

    def refusals(
        self, field: str, feature: str, *, accepts: Callable[[ModelSpec], tuple[int, ...]]
    ) -> Iterator[Objection]:
        """Refuse `field` unless this cell accepts it; `feature` is its name in the known sentence.

        `accepts` returns the durations at which a row takes the field. A duration that the row does not
        know at all is not the field's fault.
        """
        durations = accepts(self.spec)
        known = self.request.duration in self.spec.durations
        if self.request.duration in durations if known else durations:
            return
        triple = f"{self.spec.model}/{self.spec.mode}/{shown(self.request.duration)}"
        # Another mode of the same model is the smallest change a caller can make, so it goes first.
        own = [row for row in self.rows if row.model == self.spec.model and accepts(row)]
        able = own or [row for row in self.rows if accepts(row)]
        where = either(_row_in_words(row, accepts(row)) for row in able)
        instead = f"{field} is accepted by {where}." if where else f"leave {field} out."
        message = f"model/mode/duration({triple}) is not supported with {feature}: {instead}"
        yield Objection(field, triple, message)


def _row_in_words(row: ModelSpec, durations: tuple[int, ...]) -> str:
    name = row.model if row.single_mode else f"{row.model}/{row.mode}"
    return name if durations == row.durations else f"{name}/{either(durations)}"


def _extend_fields(request: GenerationRequest) -> Iterator[Objection]:
    if request.video_id is None:
        yield Objection("video_id", None, "video_id is required for extend: the id of a finished video.")
    sent = {
        "start_image_url": request.start_image is not None,
        "end_image_url": request.end_image is not None,
        "camera_control": request.camera is not None,
        "generate_audio": bool(request.generate_audio),
        "element_list": bool(request.elements),
        "video_list": bool(request.videos),
        "image_list": bool(request.images),
        "multi_shot": request.multi_shot,
        "shot_type": request.shot_type is not None,
        "multi_prompt": bool(request.shots),
    }
    for field in (field for field, is_sent in sent.items() if is_sent):
        message = f"{field} is not supported for extend. The clip goes on as its source is; leave it out."
        yield Objection(field, None, message)
    # Seen on the hosted service: its oldest model continues a clip from the prompt alone.
    if request.model == "kling-v1":
        for field, value in (
            ("negative_prompt", request.negative_prompt),
            ("cfg_scale", request.cfg_scale),
        ):
            if value is not None:
                message = f"{field} is not supported for extend with kling-v1; leave it out."
                yield Objection(field, shown(value), message)


@dataclass(frozen=True, kw_only=True)
class SourceClip:
    """The finished clip that an extend continues.

    `model` made it (for a continued clip: its latest continuation); `width` and `height` are in pixels,
    `seconds` as measured.
    """

    model: str
    width: int
    height: int
    seconds: Fraction

    @property
    def short_side(self) -> int:
        """The shorter of its two sides, in pixels."""
        return min(self.width, self.height)


# Sides are even numbers of pixels, and upstreams round more than that: 1284x716 is called 16:9.
_AGREES_WITHIN = Fraction(1, 50)


def extend_warnings(request: GenerationRequest, source: SourceClip) -> Iterator[Warned]:
    """Name what an extend says of its clip's shape, where its source has another: the source's it stays.

    Clients send `aspect_ratio` with everything, so that one is no mistake; a ratio within a fiftieth of the
    source's own says nothing new.
    """
    asked = request.aspect_ratio
    if asked is None:
        return
    if abs(Fraction(source.width, source.height) / asked.fraction - 1) > _AGREES_WITHIN:
        kept = f"the clip keeps {source.width}x{source.height}, the size of its source."
        reason = f"aspect_ratio {asked} has no effect on extend; {kept}"
        yield Warned(field="aspect_ratio", reason=reason)


def extend_objections(
    request: GenerationRequest,
    spec: ModelSpec,
    *,
    source: SourceClip,
    limits: Limits,
    rows: Iterable[ModelSpec] = (),
) -> Iterator[Objection]:
    """Name what a valid extend asks that its source clip does not allow."""
    if not spec.extend and spec.model != source.model:
        able = dict.fromkeys([*(row.model for row in rows if row.extend), source.model])
        message = f"model {spec.model} cannot extend a clip of {source.model}; accepted: {either(able)}."
        yield Objection("model", spec.model, message)
    elif request.mode is Mode.UHD and not (
        spec.model == source.model and spec.short_side is not None and source.short_side >= spec.short_side
    ):
        message = (
            f'mode "4k" extends only 4k clips of its own model; this one is of {source.model} '
            f"with a short side of {source.short_side} pixels. Send std or pro."
        )
        yield Objection("mode", request.mode.value, message)
    if source.seconds + request.duration > limits.clip_seconds:
        # Rounded down: a continuation that fits only on paper would be refused the next time.
        left = max(0, int(limits.clip_seconds - source.seconds))
        fitting = [each for each in spec.durations if each <= left]
        accepted = f"accepted: {seconds(fitting)}" if fitting else f"{spec.model} has no duration that fits"
        message = (
            f"duration {request.duration} makes the clip longer than {limits.clip_seconds} s: it has "
            f"{float(source.seconds):g} s, so {left} s are left; {accepted}."
        )
        yield Objection("duration", request.duration, message)
