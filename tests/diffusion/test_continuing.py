"""Clips longer than a window, and clips that continue another."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import Action
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.encoder import film
from filmgate.engines.soundtrack import SAMPLE_RATE, read_sound
from filmgate.ports import RenderJob
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_films import filmed, picture_of
from tests.diffusion.tiny import a_film, on_processor, tiny, warmed

_CONTINUING = [
    "wan2.1-vace-1.3b",
    "wan2.2-ti2v-5b",
    "wan2.2-i2v-a14b",
    "ltx-2.3-distilled",
    "hunyuan-video-1.5-i2v",
]


def a_source(folder: Path, *, width: int = 64, height: int = 32, fps: int = 8, sound: bool = False) -> Path:
    """A clip of a second that gets brighter."""
    path = folder / "source.mp4"

    def draw(frame: np.ndarray, number: int) -> None:
        frame[:] = 40 + number * 160 // fps

    hum = np.sin(np.arange(SAMPLE_RATE) / 40) / 4
    film(
        path,
        shape=ClipShape(width=width, height=height, fps=Fraction(fps)),
        n_frames=fps,
        draw=draw,
        sound=np.stack([hum, hum]).astype(np.float32) if sound else None,
    )
    return path


def a_continuation(folder: Path, source: Path, **changes: Any) -> RenderJob:
    job = a_film(folder, action=Action.EXTEND, video_id="source", **changes)
    return replace(job, inputs={"source_clip": source})


@pytest.mark.parametrize("name", ["wan2.1-vace-1.3b", "wan2.2-ti2v-5b", "ltx-2.3-distilled"])
def test_a_clip_longer_than_a_window_is_filmed_in_several_and_has_every_frame(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))

    clip = filmed(renderer, a_film(tmp_path, duration=2))

    assert clip.making is not None
    assert len(clip.making["rendered"]["windows"]) > 1
    assert len(picture_of(clip)) == 16


@pytest.mark.parametrize("name", _CONTINUING)
def test_a_continuation_is_the_whole_source_and_then_as_much_as_was_asked_for(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    source = a_source(tmp_path, width=96, height=48, fps=12)

    clip = filmed(renderer, a_continuation(tmp_path, source))

    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.height, clip.clip.fps) == (96, 48, Fraction(12))
    with av.open(str(source)) as container:
        before = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    frames = picture_of(clip)
    assert len(frames) == 24
    assert np.array_equal(frames[:12], np.stack(before)) or name == "wan2.2-i2v-a14b"


def test_the_end_of_the_source_reaches_the_model(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = "wan2.2-i2v-a14b"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    (tmp_path / "long").mkdir()
    sources = a_source(tmp_path), a_source(tmp_path / "long", fps=16)

    films = [picture_of(filmed(renderer, a_continuation(tmp_path, source)))[-4:] for source in sources]

    assert not np.array_equal(films[0], films[1])


def test_sound_goes_on_where_the_model_makes_any(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = "ltx-2.3-distilled"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))

    clip = filmed(renderer, a_continuation(tmp_path, a_source(tmp_path, sound=True)))

    sound = read_sound(clip.path, seconds=Fraction(3), field="clip")
    assert sound is not None
    assert np.abs(sound[:, SAMPLE_RATE : 2 * SAMPLE_RATE]).max() > 0
    assert np.abs(sound[:, 2 * SAMPLE_RATE :]).max() == 0


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"sound": True}, "has sound, which Wan 2.2 TI2V 5B cannot continue"),
        ({"width": 128, "height": 64}, "upscaling goes to 1.5"),
        ({"fps": 60}, "interpolation goes to 4"),
    ],
)
def test_a_source_that_cannot_be_continued_as_it_is_is_refused(
    checkpoint: Checkpoint, tmp_path: Path, source: dict[str, Any], reason: str
) -> None:
    name = "wan2.2-ti2v-5b"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))

    with pytest.raises(InvalidRequest, match=reason) as refusal:
        filmed(renderer, a_continuation(tmp_path, a_source(tmp_path, **source)))

    assert [each.field for each in refusal.value.objections] == ["video_id"]
