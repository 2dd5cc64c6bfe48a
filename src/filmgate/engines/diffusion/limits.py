"""What a model on its profile cannot honour: every field by name, with what would do."""

from collections.abc import Iterator
from fractions import Fraction

from filmgate.domain.errors import Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, AspectRatio, CameraMove, GenerationRequest
from filmgate.domain.wording import either
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.diffusion.adapters import moves_of
from filmgate.engines.diffusion.camera import travels
from filmgate.engines.diffusion.plan import Plan, plan
from filmgate.engines.diffusion.profile import EndImage, Profile


def limits(request: GenerationRequest, spec: ModelSpec, *, profile: Profile) -> Iterator[Objection]:
    """Name all that the profile does not declare."""
    gives, title = profile.gives, profile.title
    if request.action not in gives.actions:
        accepted = either(action.value for action in gives.actions)
        message = f"action {request.action} is not supported by {title}; it accepts {accepted}."
        yield Objection("action", request.action.value, message)
        return
    yield from _pictures(request, profile)
    yield from _references(request, profile)
    yield from _guidance(request, profile)
    if request.camera is not None and not _can_move(request.camera, profile):
        message = f"camera_control is not supported by {title}; leave it out, or describe the move in prompt."
        yield Objection("camera_control", request.camera.type.value, message)
    if spec.makes_sound(request) and not gives.sound:
        message = f"generate_audio is not supported by {title}, which is silent; send false."
        yield Objection("generate_audio", True, message)
    if request.multi_shot:
        yield Objection(
            "multi_shot", True, f"multi_shot is not supported by {title}; send a task for each shot."
        )
    yield from _reach_of(request, spec, profile)


def _can_move(camera: CameraMove, profile: Profile) -> bool:
    adapted = moves_of(profile.adapters)
    return profile.gives.camera is not None or all(each.move in adapted for each in travels(camera))


def reach(chain: Plan, *, profile: Profile) -> Iterator[tuple[str, str]]:
    """Name each link of a chain that goes further than the profile allows: its name, and why."""
    title, allowed = profile.title, profile.delivery
    if chain.upscale > allowed.upscale * 1.001:
        size = f"{chain.shape.width}x{chain.shape.height}"
        why = f"a frame of {size} is {chain.upscale:.2f} times what {title} makes, and upscaling goes to"
        yield "size", f"{why} {allowed.upscale:g}"
    if chain.interpolation > Fraction(str(allowed.interpolate)):
        rate = f"{float(chain.shape.fps):g} frames a second"
        why = f"{rate} are {float(chain.interpolation):.2f} times what {title} makes"
        yield "rate", f"{why}, and interpolation goes to {allowed.interpolate:g}"
    if len(chain.windows) > allowed.windows:
        seconds = float(profile.native.window / chain.rate)
        yield (
            "length",
            f"{title} makes {seconds:.3g} s at once, and {allowed.windows} of that in a row at most",
        )


_FIELDS = {"size": "mode", "rate": "model", "length": "duration"}


def _reach_of(request: GenerationRequest, spec: ModelSpec, profile: Profile) -> Iterator[Objection]:
    # What continues a clip follows it, and that is not known before the clip is there.
    if request.action is Action.EXTEND or spec.fps is None or spec.short_side is None:
        return
    ratio = (request.aspect_ratio or AspectRatio.WIDE).fraction
    width, height = spec.frame_size(ratio)
    shape = ClipShape(width=width, height=height, fps=Fraction(spec.fps))
    values = {"size": request.mode.value, "rate": request.model, "length": request.duration}
    for link, why in reach(plan(profile, shape=shape, seconds=request.duration), profile=profile):
        field = _FIELDS[link]
        message = f"{field} {values[link]} of {spec.model} cannot be honoured by this engine: {why}."
        yield Objection(field, values[link], message)


def _pictures(request: GenerationRequest, profile: Profile) -> Iterator[Objection]:
    if request.action is not Action.IMAGE2VIDEO:
        return
    field = "end_image_url" if request.end_image is not None else "image_list"
    if request.ends_on_picture and profile.gives.end_image is EndImage.NO:
        message = f"{field} is not supported by {profile.title}, which takes no last frame; leave it out."
        yield Objection(field, None, message)
    if not request.ends_on_picture and profile.gives.end_image is EndImage.REQUIRED:
        message = f"end_image_url is required by {profile.title}, which films from one picture to another."
        yield Objection("end_image_url", None, message)


def _references(request: GenerationRequest, profile: Profile) -> Iterator[Objection]:
    if request.videos:
        message = f"video_list is not supported by {profile.title}; leave it out."
        yield Objection("video_list", len(request.videos), message)
    subjects = [image for image in request.images if image.use is None]
    n_subjects = len(subjects) + len(request.elements)
    if n_subjects <= profile.gives.references:
        if any(image.use is not None for image in request.images):
            yield from _listed_frames(request, profile)
        return
    field = "element_list" if request.elements else "image_list"
    allowed = f"it takes {profile.gives.references}" if profile.gives.references else "it takes none"
    message = f"{field} has more reference pictures than {profile.title} can follow; {allowed}."
    yield Objection(field, n_subjects, message)


def _listed_frames(request: GenerationRequest, profile: Profile) -> Iterator[Objection]:
    """A frame among the references makes an image2video of any action; the model must do those."""
    if Action.IMAGE2VIDEO not in profile.gives.actions:
        message = f"image_list with a first or end frame is not supported by {profile.title}; leave it out."
        yield Objection("image_list", len(request.images), message)
        return
    # Of an image2video this was said already.
    takes_end = profile.gives.end_image is not EndImage.NO
    if request.action is not Action.IMAGE2VIDEO and request.ends_on_picture and not takes_end:
        message = f"image_list with an end_frame is not supported by {profile.title}; leave it out."
        yield Objection("image_list", "end_frame", message)


def _guidance(request: GenerationRequest, profile: Profile) -> Iterator[Objection]:
    if profile.recipe.guidance_range is not None:
        return
    for field, value in (("cfg_scale", request.cfg_scale), ("negative_prompt", request.negative_prompt)):
        # An empty negative prompt asks for nothing.
        if value not in (None, ""):
            message = f"{field} has no effect on {profile.title}, which is not guided; leave it out."
            yield Objection(field, value, message)
