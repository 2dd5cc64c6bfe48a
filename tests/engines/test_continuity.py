"""Clips of our own scenes go on as the same scene; what a comment says is believed only when it is seen."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from filmgate.domain.requests import Action, Shot, ShotType
from filmgate.engines.animatic.camera import Standpoint
from filmgate.engines.animatic.continuity import Continuity, from_comment, to_comment
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.renderer import AnimaticRenderer
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.probe import clip_facts, comment_of
from filmgate.engines.soundtrack import Samples, read_sound
from filmgate.ports import RenderJob
from tests.engines.filming import a_clip, a_job, fingerprints, frames_of, psnr


def filmed(job: RenderJob) -> Path:
    """Render the job on the real stage and return its clip."""
    files = AnimaticRenderer().render(job, lambda _: None)
    return files[0].path


def extended(folder: Path, source: Path, **request: object) -> Path:
    """Extend the clip by two seconds."""
    job = a_job(folder, inputs={"source_clip": source}, action=Action.EXTEND, duration=2, **request)
    return filmed(job)


def sound_of(clip: Path) -> Samples:
    """Return what the clip plays."""
    sound = read_sound(clip, seconds=clip_facts(clip, field="clip").duration, field="clip")
    assert sound is not None
    return sound


def apart(one: RGBFrame, other: RGBFrame) -> float:
    """Return how much two frames differ, in levels."""
    return float(np.abs(one.astype(float) - other).mean())


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of one second of a windy sea."""
    return filmed(a_job(tmp_path_factory.mktemp("sea") / "job", prompt="windy sea at sunset"))


def test_a_scene_goes_on_as_if_it_had_been_filmed_as_a_whole(tmp_path: Path, sea: Path) -> None:
    whole = frames_of(filmed(a_job(tmp_path / "whole", prompt="windy sea at sunset", duration=6)))
    clip = extended(tmp_path / "second", extended(tmp_path / "first", sea))

    frames = frames_of(clip)
    assert all(psnr(one, other) > 30 for one, other in zip(whole[:60], frames, strict=True))
    # The eye sees a keyframe at the join, and no more than at the keyframe of the whole.
    steps, steps_of_whole = ([apart(*pair) for pair in pairwise(each)] for each in (frames, whole))
    assert max(steps) < 1.2 * max(steps_of_whole)
    assert fingerprints(clip)[:12] == fingerprints(sea)


def test_a_new_prompt_changes_the_light_little_by_little(tmp_path: Path, sea: Path) -> None:
    clip = extended(tmp_path / "job", sea, prompt="night falls")

    frames = frames_of(clip)
    light = [frame.mean() for frame in frames]
    assert light[-1] < 0.7 * light[11]
    assert max(abs(after - before) for before, after in pairwise(light)) < 0.2 * light[0]


def test_a_prompt_that_names_no_other_place_or_light_changes_neither(tmp_path: Path, sea: Path) -> None:
    clip = extended(tmp_path / "job", sea, prompt="a boat comes into view")

    comment = comment_of(clip, field="clip")
    said = from_comment(comment or "")
    assert said is not None
    assert said.reading == read("windy sea at sunset")


def test_a_clip_that_only_claims_to_be_a_scene_is_continued_from_its_last_frame(tmp_path: Path) -> None:
    claim = Continuity(reading=read("windy sea"), seed=7, moment=0.9, standpoint=Standpoint())
    source = a_clip(tmp_path / "source.mp4", n_frames=12, comment=to_comment(claim))

    clip = extended(tmp_path / "job", source)

    frames = frames_of(clip)
    assert psnr(frames[11], frames[12]) > 32
    assert comment_of(clip, field="clip") is None


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "made by somebody else",
        "{}",
        "[" * 5000,
        to_comment(Continuity(reading=read(""), seed=1, moment=1e300, standpoint=Standpoint())),
        to_comment(Continuity(reading=read(""), seed=1, moment=1, standpoint=Standpoint(pose=Pose(focal=0)))),
        to_comment(
            Continuity(reading=read(""), seed=1, moment=1, standpoint=Standpoint(pose=Pose(up=float("nan"))))
        ),
        to_comment(Continuity(reading=read(""), seed=-1, moment=1, standpoint=Standpoint())),
    ],
    ids=lambda comment: comment[:12],
)
def test_what_no_clip_of_ours_can_say_is_not_believed(comment: str) -> None:
    assert from_comment(comment) is None


def test_a_comment_from_before_wetness_and_plants_were_heard_is_believed() -> None:
    said = Continuity(reading=read("a windy sea"), seed=1, moment=1, standpoint=Standpoint())
    comment = to_comment(said)

    older = comment.replace(',"is_wet":false,"flora":null', "")

    assert older != comment
    assert from_comment(older) == said


def test_a_comment_never_holds_the_prompt(sea: Path) -> None:
    assert "sunset" not in (comment_of(sea, field="clip") or "").replace('"time_of_day":"sunset"', "")


def test_shots_are_cut_where_the_list_says(tmp_path: Path) -> None:
    shots = (
        Shot(index=1, prompt="a bright day at sea", duration=1),
        Shot(index=2, prompt="night on the ocean", duration=2),
    )
    job = a_job(tmp_path / "job", multi_shot=True, shot_type=ShotType.CUSTOMIZE, shots=shots, duration=3)

    light = [frame.mean() for frame in frames_of(filmed(job))]

    steps = [abs(after - before) for before, after in pairwise(light)]
    assert len(light) == 36
    assert int(np.argmax(steps)) == 11
    assert max(steps) > 10 * float(np.median(steps))


def test_a_prompt_is_cut_into_shots_of_its_sentences(tmp_path: Path) -> None:
    job = a_job(
        tmp_path / "job",
        multi_shot=True,
        shot_type=ShotType.INTELLIGENCE,
        prompt="Dawn over the sea. Thick fog comes up, then night.",
        duration=6,
    )

    frames = frames_of(filmed(job))

    steps = [apart(before, after) for before, after in pairwise(frames)]
    cuts = sorted(int(number) for number in np.argsort(steps)[-2:])
    assert cuts == [23, 47]


def test_an_extension_sounds_as_if_it_had_been_heard_as_a_whole(tmp_path: Path) -> None:
    request: dict[str, Any] = {"prompt": "the sea with piano music", "generate_audio": True}
    source = filmed(a_job(tmp_path / "source", **request))
    whole = sound_of(filmed(a_job(tmp_path / "whole", duration=3, **request)))

    sound = sound_of(extended(tmp_path / "more", source))

    assert sound.shape == whole.shape
    assert np.corrcoef(sound[0], whole[0])[0, 1] > 0.95


def test_a_comment_that_names_an_unknown_sound_is_not_believed(sea: Path) -> None:
    comment = comment_of(sea, field="clip") or ""

    forged = comment.replace('"added":[]', '"added":["trumpets"]')

    assert forged != comment
    assert from_comment(comment) is not None
    assert from_comment(forged) is None
