"""What a job was given, as upstreams are sent it."""

from collections.abc import Callable
from typing import Any

from filmgate.domain.requests import CameraMove, CameraType, RemoteMedia
from filmgate.ports import RenderJob


def media_of(job: RenderJob, *, written: Callable[[str, bytes], str]) -> dict[str, str]:
    """Return the URL of each video, and each picture as `written` writes it, by their names; blocks.

    `written` is called with a picture's name and content.
    """
    media: dict[str, str] = {}
    for name, each in job.request.media():
        if name.startswith("video_"):
            assert isinstance(each, RemoteMedia), "objections leave no other videos"
            media[name] = each.url
        else:
            media[name] = written(name, job.inputs[name].read_bytes())
    return media


def camera_control(move: CameraMove | None, *, travel: float) -> dict[str, Any] | None:
    """Return a camera move as the wire has it, on the scale on which full travel is this much."""
    if move is None:
        return None
    if move.type is not CameraType.SIMPLE:
        return {"type": move.type.value}
    return {"type": move.type.value, "config": move.on_scale(travel)}


def picture_type(content: bytes) -> str:
    """Return the content type of a picture that was gathered: a JPEG, a PNG or a WebP."""
    # The first byte of each is its own.
    return {b"\xff": "image/jpeg", b"\x89": "image/png"}.get(content[:1], "image/webp")
