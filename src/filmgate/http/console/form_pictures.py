"""Pictures that were put into the form, looked at before the rest of it is filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.models import Catalog, Limits
from filmgate.domain.pictures import PictureFacts, picture_objections
from filmgate.domain.requests import AspectRatio, InlineMedia, Mode
from filmgate.http.kling.media_urls import picture
from filmgate.ports import PictureReader

_START = "start_image_url"
_FIELDS = (_START, "end_image_url")


def size_of_clip(
    body: Mapping[str, Any], pictures: Mapping[str, PictureFacts], *, catalog: Catalog
) -> tuple[int, int] | None:
    """Return width and height in pixels of the clip that begins with the first of a body's pictures.

    None where there is no such picture, or the body names no model or shape that there is.
    """
    first = pictures.get(_START)
    if first is None:
        return None
    try:
        spec = catalog.spec(str(body.get("model")), Mode(body.get("mode", catalog.default_mode)))
        asked = AspectRatio(body["aspect_ratio"]) if "aspect_ratio" in body else None
    except (InvalidRequest, ValueError):
        return None
    if not spec.image2video:
        return None
    return spec.new_size(asked, given=Fraction(first.width, first.height))


@dataclass(frozen=True, kw_only=True)
class SeenPictures:
    """The inline pictures of a body that can be used, by their fields, and what speaks against the others."""

    usable: Mapping[str, PictureFacts]
    objections: Sequence[Objection]


def seen_pictures(body: Mapping[str, Any], *, read_picture: PictureReader, limits: Limits) -> SeenPictures:
    """Look at the first and the last picture of a body, where it carries them itself."""
    usable: dict[str, PictureFacts] = {}
    objections: list[Objection] = []
    for field in _FIELDS:
        try:
            facts = _facts(body.get(field), field, read_picture, limits)
        except InvalidRequest as error:
            objections += error.objections
            continue
        against = [] if facts is None else list(picture_objections(field, facts, limits))
        objections += against
        if facts is not None and not against:
            usable[field] = facts
    return SeenPictures(usable=usable, objections=objections)


def _facts(written: object, field: str, read_picture: PictureReader, limits: Limits) -> PictureFacts | None:
    if not isinstance(written, str) or not written:
        return None
    media = picture(written, field=field, limits=limits)
    return read_picture(media.content, field=field) if isinstance(media, InlineMedia) else None
