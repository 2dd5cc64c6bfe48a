"""The capability matrix and price list once more, by hand, so that a slip in the catalogue shows."""

from dataclasses import dataclass
from importlib.resources import files

from filmgate.domain.catalog import load_catalog
from filmgate.domain.requests import (
    Action,
    CameraMove,
    Element,
    GenerationRequest,
    Mode,
    RemoteMedia,
    Shot,
    ShotType,
)

CATALOG_TEXT = files("filmgate").joinpath("catalog.toml").read_text()
CATALOG = load_catalog(CATALOG_TEXT)

EVERY_DURATION = range(1, 18)
SHORT = (5, 10)
LONG = tuple(range(3, 16))
NEVER: tuple[int, ...] = ()
PICTURE = RemoteMedia(url="https://example.com/harbour.jpg")
PAN = CameraMove(pan=0.5)


@dataclass(frozen=True)
class Row:
    """One row: durations at which each thing is accepted, the size and rate, the price in milli-credits."""

    model: str
    mode: str
    text2video: tuple[int, ...]
    image2video: tuple[int, ...]
    extend: tuple[int, ...]
    end_image_url: tuple[int, ...]
    generate_audio: tuple[int, ...]
    camera_control: tuple[int, ...]
    references: tuple[int, ...]
    multi_shot: tuple[int, ...]
    size: tuple[int, int] | None
    fps: int | None
    price: int
    sound: float | None = None


HD, FHD, UHD = (1280, 720), (1920, 1080), (3840, 2160)

# fmt: off
# model, mode, text2video, image2video, extend, end image, audio, camera, references, shots, size, fps, price,
# and what sound multiplies the price with
MATRIX = [
    Row("kling-v1", "std", SHORT, SHORT, SHORT, (5,), NEVER, (5,), NEVER, NEVER, HD, 30, 280),
    Row("kling-v1", "pro", SHORT, SHORT, SHORT, (5,), NEVER, (5,), NEVER, NEVER, HD, 30, 560),
    Row("kling-v1-5", "std", NEVER, NEVER, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, None, None, 280),
    Row("kling-v1-5", "pro", NEVER, NEVER, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, None, None, 560),
    Row("kling-v1-6", "std", SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, HD, 24, 280),
    Row("kling-v1-6", "pro", SHORT, SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, FHD, 24, 560),
    Row("kling-v2-master", "std", SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, FHD, 24, 2000),
    Row("kling-v2-1-master", "std", SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, FHD, 24, 2000),
    Row("kling-v2-5-turbo", "std", SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, HD, 24, 420),
    Row("kling-v2-5-turbo", "pro", SHORT, SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, FHD, 24, 700),
    Row("kling-v2-6", "std", SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, NEVER, NEVER, HD, 24, 420),
    Row("kling-v2-6", "pro", SHORT, SHORT, SHORT, SHORT, SHORT, NEVER, NEVER, NEVER, FHD, 24, 700, 2),
    Row("kling-v3", "std", LONG, LONG, LONG, LONG, LONG, LONG, NEVER, LONG, HD, 24, 840, 1.5),
    Row("kling-v3", "pro", LONG, LONG, LONG, LONG, LONG, LONG, NEVER, LONG, FHD, 24, 1120, 1.5),
    Row("kling-v3", "4k", LONG, LONG, LONG, LONG, LONG, NEVER, NEVER, LONG, UHD, 24, 4200, 1),
    Row("kling-v3-omni", "std", LONG, LONG, LONG, LONG, LONG, NEVER, LONG, LONG, HD, 24, 840, 1.5),
    Row("kling-v3-omni", "pro", LONG, LONG, LONG, LONG, LONG, NEVER, LONG, LONG, FHD, 24, 1120, 1.5),
    Row("kling-v3-omni", "4k", LONG, LONG, LONG, LONG, LONG, NEVER, LONG, LONG, UHD, 24, 4200, 1),
    Row("kling-video-o1", "std", SHORT, SHORT, SHORT, SHORT, NEVER, NEVER, SHORT, NEVER, HD, 24, 840),
    Row("kling-video-o1", "pro", SHORT, SHORT, SHORT, SHORT, NEVER, NEVER, SHORT, NEVER, FHD, 24, 1120),
    Row("kling-v3-turbo", "std", LONG, LONG, LONG, NEVER, LONG, NEVER, NEVER, NEVER, HD, 24, 1008, 1),
    Row("kling-v3-turbo", "pro", LONG, LONG, LONG, NEVER, LONG, NEVER, NEVER, NEVER, FHD, 24, 1400, 1),
]
# fmt: on

FEATURES = (
    "text2video",
    "image2video",
    "extend",
    "end_image_url",
    "generate_audio",
    "camera_control",
    "references",
    "multi_shot",
)


def a_request(
    model: str = "kling-v1", mode: str = "std", duration: int = 5, **given: object
) -> GenerationRequest:
    """A text2video with a prompt, and whatever else is given."""
    fields = {"action": Action.TEXT2VIDEO, "prompt": "a harbour at dawn"} | given
    return GenerationRequest(model=model, mode=Mode(mode), duration=duration, **fields)  # type: ignore[arg-type]


def a_request_for(feature: str, row: Row, duration: int) -> GenerationRequest:
    """The plainest request that asks a row for one feature."""
    given: dict[str, dict[str, object]] = {
        "text2video": {},
        "image2video": {"action": Action.IMAGE2VIDEO, "start_image": PICTURE},
        "extend": {"action": Action.EXTEND, "video_id": "900798310464749610"},
        "end_image_url": {"action": Action.IMAGE2VIDEO, "start_image": PICTURE, "end_image": PICTURE},
        "generate_audio": {"generate_audio": True},
        "camera_control": {"camera": PAN},
        "references": {"elements": (Element(image=PICTURE),)},
        "multi_shot": {
            "multi_shot": True,
            "shot_type": ShotType.CUSTOMIZE,
            "shots": (Shot(index=1, prompt="boats", duration=duration),),
        },
    }
    return a_request(row.model, row.mode, duration, **given[feature])
