"""What a caller asks for: one frozen `GenerationRequest`, honoured or refused but never bent."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self


class Action(StrEnum):
    """What to do."""

    TEXT2VIDEO = "text2video"
    IMAGE2VIDEO = "image2video"
    EXTEND = "extend"


class Mode(StrEnum):
    """The quality class of a model."""

    STD = "std"
    PRO = "pro"
    UHD = "4k"


class AspectRatio(StrEnum):
    """Width to height of the frame."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"

    @property
    def fraction(self) -> Fraction:
        """Width divided by height."""
        width, height = self.value.split(":")
        return Fraction(int(width), int(height))


@dataclass(frozen=True, kw_only=True)
class RemoteMedia:
    """A picture or video that is still behind the caller's URL."""

    url: str


@dataclass(frozen=True, kw_only=True)
class InlineMedia:
    """A picture that came inside the request as a `data:` URL."""

    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class StoredMedia:
    """A picture or video kept in the object store under `key`."""

    key: str
    content_type: str
    n_bytes: int
    sha256: str


Media = RemoteMedia | InlineMedia | StoredMedia


class CameraType(StrEnum):
    """`simple` moves by the six axes; the others are named combinations."""

    SIMPLE = "simple"
    DOWN_BACK = "down_back"
    FORWARD_UP = "forward_up"
    RIGHT_TURN_FORWARD = "right_turn_forward"
    LEFT_TURN_FORWARD = "left_turn_forward"


CAMERA_AXES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")


@dataclass(frozen=True, kw_only=True)
class CameraMove:
    """How the camera travels over the whole clip, each axis a fraction of full travel in [-1, 1].

    horizontal: - left, + right. vertical: - down, + up. pan (yaw): - left, + right.
    tilt (pitch): - down, + up. roll: - counter-clockwise, + clockwise. zoom: - closer, + wider.
    All are movements of the camera, so the picture moves the other way. Presets carry zeros.
    """

    type: CameraType = CameraType.SIMPLE
    horizontal: float = 0.0
    vertical: float = 0.0
    pan: float = 0.0
    tilt: float = 0.0
    roll: float = 0.0
    zoom: float = 0.0

    def on_scale(self, travel: float) -> dict[str, float]:
        """Return the value of each axis where full travel is this much."""
        # Rounded, so that three tenths of ten are 3 and not 3.0000000000000004.
        return {axis: round(getattr(self, axis) * travel, 6) for axis in CAMERA_AXES}


@dataclass(frozen=True, kw_only=True)
class Element:
    """A picture of a subject that the prompt may cite as `<<<element_N>>>`."""

    image: Media


class VideoUse(StrEnum):
    """`base`: edit this video. `feature`: take over its camera and style."""

    BASE = "base"
    FEATURE = "feature"


@dataclass(frozen=True, kw_only=True)
class VideoReference:
    """A given video and what to do with it."""

    video: Media
    use: VideoUse
    keep_original_sound: bool


class ImageUse(StrEnum):
    """The place of a reference picture in the clip."""

    FIRST_FRAME = "first_frame"
    END_FRAME = "end_frame"


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    """A reference picture; `use` is None where it is only cited as `<<<image_N>>>`."""

    image: Media
    use: ImageUse | None = None


class ShotType(StrEnum):
    """Who cuts a multi-shot clip: the caller's list, or the engine from the prompt."""

    CUSTOMIZE = "customize"
    INTELLIGENCE = "intelligence"


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One shot of a multi-shot clip; `duration` in whole seconds."""

    index: int
    prompt: str
    duration: int


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """One create, as its caller meant it.

    `model` is the canonical name of the catalogue. `duration` is in whole seconds (of the continuation,
    for extend). None means "not given" throughout, so that a refusal can tell a field that was sent from
    one that was not; the `effective_` properties say what an engine goes by.
    """

    action: Action
    model: str
    mode: Mode
    duration: int
    prompt: str = ""
    negative_prompt: str | None = None
    start_image: Media | None = None
    end_image: Media | None = None
    video_id: str | None = None
    aspect_ratio: AspectRatio | None = None
    cfg_scale: float | None = None
    camera: CameraMove | None = None
    generate_audio: bool | None = None
    elements: tuple[Element, ...] = ()
    videos: tuple[VideoReference, ...] = ()
    images: tuple[ImageReference, ...] = ()
    multi_shot: bool = False
    shot_type: ShotType | None = None
    shots: tuple[Shot, ...] = ()
    seed: int | None = None

    @property
    def ends_on_picture(self) -> bool:
        """Say whether the last frame is given, by `end_image` or by a reference picture's use."""
        return self.frame_name(ImageUse.END_FRAME) is not None

    def frame_name(self, use: ImageUse) -> str | None:
        """Return by which name of `media` the first or the last frame is given; None where it is not."""
        name = "start_image" if use is ImageUse.FIRST_FRAME else "end_image"
        if getattr(self, name) is not None:
            return name
        numbered = enumerate(self.images, 1)
        return next((f"image_{number}" for number, image in numbered if image.use is use), None)

    @property
    def effective_cfg_scale(self) -> float:
        """The weight of the prompt in [0, 1]."""
        return 0.5 if self.cfg_scale is None else self.cfg_scale

    def media(self) -> Iterator[tuple[str, Media]]:
        """Every given picture and video under the name that engines find it by.

        Names: `start_image`, `end_image`, `element_1`…, `video_1`…, `image_1`…; see `wire_field`.
        """
        if self.start_image is not None:
            yield "start_image", self.start_image
        if self.end_image is not None:
            yield "end_image", self.end_image
        for number, element in enumerate(self.elements, 1):
            yield f"element_{number}", element.image
        for number, reference in enumerate(self.videos, 1):
            yield f"video_{number}", reference.video
        for number, image in enumerate(self.images, 1):
            yield f"image_{number}", image.image

    def with_media(self, stored: dict[str, StoredMedia]) -> Self:
        """Return the same request with the named pictures and videos replaced by stored ones."""

        def swap(name: str, media: Media) -> Media:
            return stored.get(name, media)

        return replace(
            self,
            start_image=self.start_image and swap("start_image", self.start_image),
            end_image=self.end_image and swap("end_image", self.end_image),
            elements=tuple(
                replace(element, image=swap(f"element_{number}", element.image))
                for number, element in enumerate(self.elements, 1)
            ),
            videos=tuple(
                replace(reference, video=swap(f"video_{number}", reference.video))
                for number, reference in enumerate(self.videos, 1)
            ),
            images=tuple(
                replace(reference, image=swap(f"image_{number}", reference.image))
                for number, reference in enumerate(self.images, 1)
            ),
        )


def wire_field(name: str) -> str:
    """Return where a caller put the picture or video that `GenerationRequest.media()` calls `name`.

    For example `end_image_url` for `end_image`, and `image_list[0].image_url` for `image_1`.
    """
    kind, _, number = name.partition("_")
    if not number.isdigit():
        return f"{name}_url"
    return f"{kind}_list[{int(number) - 1}].{'video' if kind == 'video' else 'image'}_url"
