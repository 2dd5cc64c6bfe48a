"""Every family films, from a checkpoint that was saved and loaded as a real one."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from filmgate.domain.models import AudioSupport
from filmgate.domain.requests import Action, CameraMove
from filmgate.engines.diffusion.models.wan_vace import known_frames
from filmgate.engines.diffusion.renderer import DiffusionRenderer
from filmgate.engines.soundtrack import SAMPLE_RATE, read_sound
from filmgate.ports import RenderedFile, RenderJob
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import MAKERS, a_film, a_picture, a_scene, on_processor, tiny, warmed


def filmed(renderer: DiffusionRenderer, job: RenderJob) -> RenderedFile:
    clip, poster = renderer.render(job, lambda _: None)
    assert poster.path.stat().st_size > 0
    return clip


def picture_of(clip: RenderedFile) -> npt.NDArray[np.uint8]:
    with av.open(str(clip.path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def given(name: str, folder: Path) -> dict[str, Path]:
    """The pictures that the profile cannot do without."""
    gives = tiny(name).gives
    pictures = {} if Action.TEXT2VIDEO in gives.actions else {"start_image": a_picture(folder)}
    if gives.end_image == "required":
        pictures["end_image"] = a_picture(folder, colour=(40, 200, 60), name="end")
    return pictures


@pytest.mark.parametrize("name", MAKERS)
def test_a_clip_has_exactly_the_frames_size_and_rate_that_were_asked_for(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))

    clip = filmed(renderer, a_film(tmp_path, short_side=48, fps=24, **given(name, tmp_path)))

    assert clip.clip is not None
    assert (clip.clip.width, clip.clip.height) == (86, 48) or "start_image" in given(name, tmp_path)
    assert (clip.clip.fps, clip.clip.duration) == (Fraction(24), Fraction(1))
    assert len(picture_of(clip)) == 24
    assert clip.making is not None
    assert clip.making["rendered"]["height"] == 32
    assert clip.making["upscaled"]["factor"] == 1.5
    assert clip.making["interpolated"]["from_fps"] == 8
    assert clip.making["peak_memory_mib"] > 0
    assert set(clip.making["seconds"]) == {"until_first_step", "further_steps", "decode", "finish"}


@pytest.mark.parametrize("name", ["wan2.1-t2v-1.3b", "hunyuan-video-1.5"])
def test_progress_is_told_for_every_step_and_ends_near_one(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name, steps=4), on_processor(checkpoint(name)))
    told: list[float] = []

    renderer.render(a_film(tmp_path), told.append)

    assert told == sorted(told)
    assert {0.0, 0.23, 0.46, 0.69, 0.92} <= {round(fraction, 2) for fraction in told}
    assert 0.95 < told[-1] <= 1


@pytest.mark.parametrize("name", ["wan2.2-i2v-a14b", "hunyuan-video-1.5-i2v"])
def test_the_first_picture_reaches_the_model(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    pictures = (
        a_picture(tmp_path, colour=(255, 40, 0)),
        a_picture(tmp_path, colour=(0, 40, 255), name="blue"),
    )

    red, blue = (picture_of(filmed(renderer, a_film(tmp_path, start_image=each))) for each in pictures)

    assert not np.array_equal(red[-1], blue[-1])


@pytest.mark.parametrize("name", ["ltx-2.3-distilled", "wan2.1-flf2v-14b"])
def test_both_given_pictures_reach_the_model(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    red, blue = (
        a_picture(tmp_path, colour=(255, 40, 0)),
        a_picture(tmp_path, colour=(0, 40, 255), name="blue"),
    )

    plain, other_start, other_end = (
        picture_of(filmed(renderer, a_film(tmp_path, start_image=start, end_image=end)))
        for start, end in ((red, red), (blue, red), (red, blue))
    )

    assert not np.array_equal(plain, other_start)
    assert not np.array_equal(plain, other_end)


def test_vace_is_given_the_frames_that_are_known_under_a_mask(tmp_path: Path) -> None:
    red, blue = np.full((32, 64, 3), (255, 0, 0), np.uint8), np.full((32, 64, 3), (0, 0, 255), np.uint8)
    scene = replace(a_scene(n_frames=5), begins=[red, red], ends=blue)

    frames, masks = known_frames(scene)

    assert [frame.getpixel((0, 0)) for frame in frames] == [
        (255, 0, 0),
        (255, 0, 0),
        (128, 128, 128),
        (128, 128, 128),
        (0, 0, 255),
    ]
    assert [mask.getpixel((0, 0)) for mask in masks] == [0, 0, 255, 255, 0]


def test_references_reach_the_model(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = "wan2.1-vace-1.3b"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    red, blue = a_picture(tmp_path), a_picture(tmp_path, colour=(20, 40, 220), name="blue")

    films = [
        picture_of(filmed(renderer, a_film(tmp_path, elements=subjects))).tobytes()
        for subjects in ((), (red,), (blue,), (red, blue))
    ]

    assert len(set(films)) == 4


@pytest.mark.parametrize("name", ["wan2.1-t2v-1.3b", "wan2.2-t2v-a14b"])
def test_every_word_and_weight_of_the_request_reaches_the_model(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    changes: list[dict[str, Any]] = [
        {},
        {"prompt": "two foxes run"},
        {"negative_prompt": "rain at night"},
        {"cfg_scale": 1.0},
        {"camera": CameraMove(pan=1)},
    ]

    films = [filmed(renderer, a_film(tmp_path, **change)).path.read_bytes() for change in changes]

    assert len(set(films)) == len(changes)
    assert filmed(renderer, a_film(tmp_path)).path.read_bytes() == films[0]


def test_the_guider_and_the_step_of_hunyuan_video_are_as_before_after_a_film(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    name = "hunyuan-video-1.5"
    renderer = warmed(tiny(name, steps=1), on_processor(checkpoint(name)))

    first, other, again = (
        filmed(renderer, a_film(tmp_path, cfg_scale=scale)).path.read_bytes() for scale in (None, 1.0, None)
    )

    assert first == again != other


def test_sound_is_made_where_it_is_asked_for_and_lasts_as_long_as_the_picture(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    name = "ltx-2.3-distilled"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    job = a_film(tmp_path, generate_audio=True)
    loud = replace(job, spec=replace(job.spec, audio=AudioSupport.OPTIONAL))

    clip = filmed(renderer, loud)

    assert clip.clip is not None
    assert clip.clip.has_audio
    sound = read_sound(clip.path, seconds=Fraction(2), field="clip")
    assert sound is not None
    assert np.abs(sound[:, :SAMPLE_RATE]).max() > 0
    assert np.abs(sound[:, SAMPLE_RATE:]).max() == 0
