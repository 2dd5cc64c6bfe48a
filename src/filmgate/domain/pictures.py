"""What a picture must be before it may become a frame; the rules only, reading pictures is `media`'s."""

from collections.abc import Iterator
from dataclasses import dataclass

from filmgate.domain.errors import Objection
from filmgate.domain.models import Limits
from filmgate.domain.wording import shown

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """What was read from a picture's content: its true type, its bytes, and its size in pixels as shown.

    `width` and `height` are those after the EXIF orientation was applied.
    """

    content_type: str
    n_bytes: int
    width: int
    height: int


def picture_objections(field: str, facts: PictureFacts, limits: Limits) -> Iterator[Objection]:
    """Name every rule that the picture behind the wire field `field` breaks."""
    if facts.content_type not in PICTURE_TYPES:
        yield Objection(
            field,
            facts.content_type,
            f"Image format is invalid. {field} is {shown(facts.content_type)}; JPEG, PNG or WebP accepted.",
        )
        return
    if facts.n_bytes > limits.image_bytes:
        yield Objection(
            field,
            facts.n_bytes,
            f"{field} has {facts.n_bytes:,} bytes; at most {limits.image_bytes:,} are accepted.",
        )
    size = f"{facts.width}x{facts.height}"
    short_side, long_side = sorted((facts.width, facts.height))
    if short_side < limits.image_short_side:
        yield Objection(
            field,
            size,
            f"{field} is {size} pixels; its short side must be at least {limits.image_short_side}.",
        )
    if long_side > short_side * limits.image_longest_ratio:
        longest = float(limits.image_longest_ratio)
        yield Objection(
            field,
            size,
            f"{field} is {size} pixels; its ratio must lie between 1:{longest:g} and {longest:g}:1.",
        )
    if facts.width * facts.height > limits.image_pixels:
        yield Objection(
            field,
            size,
            f"{field} is {size} pixels; at most {limits.image_pixels:,} pixels in all are accepted.",
        )
