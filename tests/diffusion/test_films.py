"""Every family films, from a checkpoint that was saved and loaded as a real one."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from filmgate.domain.models import AudioSupport
from filmgate.domain.requests import Action, CameraMove
from filmgate.engines.diffusion.renderer import DiffusionRenderer
from filmgate.ports import RenderedFile, RenderJob
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import MAKERS, a_film, a_picture, on_processor, tiny, warmed


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


@pytest.mark.parametrize("name", ["wan2.1-vace-1.3b", "ltx-2.3-distilled", "wan2.1-flf2v-14b"])
def test_both_given_pictures_reach_the_model(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    red, blue = a_picture(tmp_path), a_picture(tmp_path, colour=(20, 40, 220), name="blue")

    plain, other_start, other_end = (
        picture_of(filmed(renderer, a_film(tmp_path, start_image=start, end_image=end)))
        for start, end in ((red, red), (blue, red), (red, blue))
    )

    assert not np.array_equal(plain, other_start)
    assert not np.array_equal(plain, other_end)


def test_references_reach_the_model(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = "wan2.1-vace-1.3b"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    red, blue = a_picture(tmp_path), a_picture(tmp_path, colour=(20, 40, 220), name="blue")

    films = [
        picture_of(filmed(renderer, a_film(tmp_path, elements=subjects))).tobytes()
        for subjects in ((), (red,), (blue,), (red, blue))
    ]

    assert len(set(films)) == 4


@pytest.mark.parametrize("name", ["wan2.1-t2v-1.3b", "wan2.2-t2v-a14b", "hunyuan-video-1.5"])
def test_every_word_and_weight_of_the_request_reaches_the_model(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    changes = [
        {},
        {"prompt": "two foxes run"},
        {"negative_prompt": "rain at night"},
        {"cfg_scale": 1.0},
        {"camera": CameraMove(pan=1)},
    ]

    films = [renderer_bytes(renderer, a_film(tmp_path, **change)) for change in changes]

    assert len(set(films)) == len(changes)
    assert renderer_bytes(renderer, a_film(tmp_path)) == films[0]


def renderer_bytes(renderer: DiffusionRenderer, job: RenderJob) -> bytes:
    return filmed(renderer, job).path.read_bytes()


def test_sound_is_made_where_it_is_asked_for_and_lasts_as_long_as_the_picture(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    name = "ltx-2.3-distilled"
    renderer = warmed(tiny(name), on_processor(checkpoint(name)))
    job = a_film(tmp_path, generate_audio=True)
    loud = job.__class__(**{**vars(job), "spec": job.spec.__class__(**{**vars(job.spec), "audio": AudioSupport.OPTIONAL})})

    clip = filmed(renderer, loud)

    assert clip.clip is not None
    assert clip.clip.has_audio
    with av.open(str(clip.path)) as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert samples.shape == (2, 48_000)
    assert float(np.abs(samples).max()) > 0
