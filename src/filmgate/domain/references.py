"""The rules of reference lists: how many, how they go together, and which of them are frames."""

from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.models import Limits
from filmgate.domain.requests import GenerationRequest, ImageUse
from filmgate.domain.sizes import too_many


def reference_objections(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    """Name every rule that `element_list`, `video_list` and `image_list` break, whatever the model."""
    if len(request.elements) > limits.elements:
        yield too_many("element_list", len(request.elements), limit=limits.elements)
    if len(request.videos) > limits.videos:
        yield too_many("video_list", len(request.videos), limit=limits.videos)
    if request.videos and request.generate_audio:
        message = "generate_audio must be false with video_list, whose sound keep_original_sound decides."
        yield Objection("generate_audio", True, message)
    yield from _pictures(request, limits)


def _pictures(request: GenerationRequest, limits: Limits) -> Iterator[Objection]:
    if not request.images:
        return
    frames = (request.start_image is not None) + (request.end_image is not None)
    # Citations number the start and end images first, so the limit counts them as well.
    count = frames + len(request.images)
    limit = limits.images_with_video if request.videos else limits.images
    if count > limit:
        beside = " with video_list" if request.videos else ""
        message = (
            f"image_list has {len(request.images)} items, which with start and end images makes {count}; "
            f"at most {limit} are accepted{beside}."
        )
        yield Objection("image_list", count, message)
    uses = [image.use for image in request.images]
    first = uses.count(ImageUse.FIRST_FRAME) + (request.start_image is not None)
    end = uses.count(ImageUse.END_FRAME) + (request.end_image is not None)
    if first > 1:
        message = f"image_list makes {first} first frames, start_image_url included; one is accepted."
        yield Objection("image_list", first, message)
    if end > 1:
        message = f"image_list makes {end} end frames, end_image_url included; one is accepted."
        yield Objection("image_list", end, message)
    if end and not first:
        message = "image_list has an end_frame without a first_frame; send both, or the first alone."
        yield Objection("image_list", "end_frame", message)
