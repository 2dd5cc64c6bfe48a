"""The parts of a create that are more than a value: pictures, the camera, references, shots."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.models import Limits
from filmgate.domain.requests import (
    CAMERA_AXES,
    CameraMove,
    CameraType,
    Element,
    ImageReference,
    Media,
    RemoteMedia,
    Shot,
    VideoReference,
)
from filmgate.domain.wording import shown
from filmgate.http.kling import media_urls
from filmgate.http.kling.create_schema import (
    CameraBody,
    CameraConfigBody,
    ElementBody,
    ImageBody,
    ShotBody,
    VideoBody,
)
from filmgate.http.kling.field_names import nearest

FULL_TRAVEL = 10
_MOST_NAMED = 6
REFUSED = RemoteMedia(url="")


@dataclass(frozen=True, kw_only=True)
class PartsReader:
    """Turns the shapes of one body into domain values and collects what is wrong with them.

    A picture or video that is refused is returned as `REFUSED`, so that the rules about how many there
    are and how they go together still speak the truth.
    """

    limits: Limits
    objections: list[Objection] = field(default_factory=list)

    def web_url(self, text: str, *, field: str) -> str:
        """Return the URL."""
        try:
            return media_urls.web_url(text, field=field, limits=self.limits)
        except InvalidRequest as error:
            self.objections.extend(error.objections)
            return REFUSED.url

    def picture(self, text: str, *, field: str) -> Media:
        """Return the picture."""
        try:
            return media_urls.picture(text, field=field, limits=self.limits)
        except InvalidRequest as error:
            self.objections.extend(error.objections)
            return REFUSED

    def frame(self, text: str | None, *, field: str) -> Media | None:
        """Return the picture, or None where none was given."""
        return None if text is None else self.picture(text, field=field)

    def elements(self, bodies: Iterable[ElementBody]) -> tuple[Element, ...]:
        """Return the elements in the order sent."""
        return tuple(
            Element(image=self.picture(body.image_url, field=f"element_list[{position}].image_url"))
            for position, body in enumerate(bodies)
        )

    def videos(self, bodies: Iterable[VideoBody]) -> tuple[VideoReference, ...]:
        """Return the videos in the order sent."""
        return tuple(
            VideoReference(
                video=RemoteMedia(
                    url=self.web_url(body.video_url, field=f"video_list[{position}].video_url")
                ),
                use=body.refer_type,
                keep_original_sound=body.keep_original_sound,
            )
            for position, body in enumerate(bodies)
        )

    def images(self, bodies: Iterable[ImageBody]) -> tuple[ImageReference, ...]:
        """Return the reference pictures in the order sent."""
        return tuple(
            ImageReference(
                image=self.picture(body.image_url, field=f"image_list[{position}].image_url"),
                use=body.type,
            )
            for position, body in enumerate(bodies)
        )

    def shots(self, bodies: Iterable[ShotBody]) -> tuple[Shot, ...]:
        """Return the shots in the order sent."""
        return tuple(Shot(index=body.index, prompt=body.prompt, duration=body.duration) for body in bodies)

    def camera(self, body: CameraBody | None) -> CameraMove | None:
        """Return the move with its axes as fractions of full travel, or None where there is none to use."""
        if body is None:
            return None
        values = _axes(body.config)
        moves = any(values.values())
        if body.type is CameraType.SIMPLE and not moves:
            message = (
                "camera_control.config is required for type=simple, with at least one of "
                f"{', '.join(CAMERA_AXES)} other than zero{_misspelt(body.config)}."
            )
            self.objections.append(Objection("camera_control.config", None, message))
            return None
        if body.type is not CameraType.SIMPLE and moves:
            message = (
                f"camera_control.config is not supported with type={body.type}; it belongs to type=simple."
            )
            self.objections.append(Objection("camera_control.config", None, message))
            return None
        # Published clients use two scales, a fraction and the official one up to 10.
        scale = 1 if all(abs(value) <= 1 for value in values.values()) else FULL_TRAVEL
        return CameraMove(type=body.type, **{axis: value / scale for axis, value in values.items()})


def _misspelt(config: CameraConfigBody | None) -> str:
    unknown = list(config.model_extra or {})[:_MOST_NAMED] if config else []
    told = [
        f"{shown(name)} is no axis" + (f", {near} is" if near else "")
        for name in unknown
        for near in (nearest(name, known=CAMERA_AXES),)
    ]
    return "".join(f"; {each}" for each in told)


def _axes(config: CameraConfigBody | None) -> dict[str, float]:
    return {axis: float(getattr(config, axis)) if config else 0.0 for axis in CAMERA_AXES}
