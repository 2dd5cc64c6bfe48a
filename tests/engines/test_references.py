"""Whole jobs with references: every list is honoured, or refused by its name."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    Element,
    GenerationRequest,
    ImageReference,
    ImageUse,
    Mode,
    Shot,
    ShotType,
    VideoReference,
    VideoUse,
)
from filmgate.engines.animatic.engine import animatic_objections
from filmgate.engines.animatic.prompts.shots import reading_of
from filmgate.engines.animatic.scene import RGBFrame
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.picture import fit, open_picture
from filmgate.engines.probe import comment_of
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, read_sound
from tests.engines.filming import (
    SOMEWHERE,
    SPEC,
    a_clip,
    a_job,
    a_picture,
    frames_of,
    psnr,
    rendered,
    sliding,
)
from tests.engines.subjects import a_subject

FIRST, END = (ImageReference(image=SOMEWHERE, use=use) for use in (ImageUse.FIRST_FRAME, ImageUse.END_FRAME))
STYLE = ImageReference(image=SOMEWHERE)


def videos(use: VideoUse, *, keeps_sound: bool = False) -> tuple[VideoReference, ...]:
    """One given video."""
    return (VideoReference(video=SOMEWHERE, use=use, keep_original_sound=keeps_sound),)


def fitted(path: Path) -> RGBFrame:
    """Return a picture as a frame of the small test clips shows it."""
    return fit(open_picture(path, field="image"), width=160, height=90)


def a_tone(seconds: float) -> Samples:
    """A steady tone in both ears."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(0.4 * np.sin(2 * np.pi * 440 * time) * np.ones((2, 1)), np.float32)


def filmed(folder: Path, **job: Any) -> list[RGBFrame]:
    """Render the job; return its frames."""
    return frames_of(rendered(a_job(folder, **job))[0])


def test_listed_first_and_end_frames_are_first_and_last(tmp_path: Path) -> None:
    pictures = [a_picture(tmp_path / f"{seed}.png", seed=seed) for seed in (1, 2)]
    inputs = {"image_1": pictures[1], "image_2": pictures[0]}

    frames = filmed(tmp_path / "job", inputs=inputs, images=(END, FIRST))

    assert psnr(frames[0], fitted(pictures[0])) >= 38
    assert psnr(frames[-1], fitted(pictures[1])) >= 38


def test_a_start_image_and_a_listed_end_frame_go_together(tmp_path: Path) -> None:
    pictures = [a_picture(tmp_path / f"{seed}.png", seed=seed) for seed in (1, 2)]

    frames = filmed(
        tmp_path / "job",
        inputs={"start_image": pictures[0], "image_1": pictures[1]},
        action=Action.IMAGE2VIDEO,
        images=(END,),
    )

    assert psnr(frames[0], fitted(pictures[0])) >= 38
    assert psnr(frames[-1], fitted(pictures[1])) >= 38


def test_a_clip_follows_the_ratio_of_its_listed_first_frame(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "tall.png", width=200, height=300)

    frames = filmed(tmp_path / "job", inputs={"image_1": picture}, images=(FIRST,))

    assert frames[0].shape[:2] == (136, 90)


def test_a_style_changes_the_colours_of_a_scene(tmp_path: Path) -> None:
    reference = tmp_path / "style.png"
    red = open_picture(a_picture(reference), field="image") // np.array([1, 4, 4], np.uint8)
    Image.fromarray(np.asarray(red, np.uint8)).save(reference)

    plain = filmed(tmp_path / "plain")
    styled = filmed(tmp_path / "styled", inputs={"image_1": reference}, images=(STYLE,))

    redness = [float(np.mean(each[6][:, :, 0].astype(int) - each[6][:, :, 2])) for each in (plain, styled)]
    assert redness[1] > redness[0] + 15


def test_elements_and_styles_come_after_the_start_image(tmp_path: Path) -> None:
    inputs = {
        "start_image": a_picture(tmp_path / "start.png"),
        "element_1": a_subject(tmp_path / "figure.png"),
        "image_1": a_picture(tmp_path / "style.png", seed=9),
    }
    given: dict[str, Any] = {"action": Action.IMAGE2VIDEO, "duration": 3}

    frames = filmed(
        tmp_path / "job", inputs=inputs, elements=(Element(image=SOMEWHERE),), images=(STYLE,), **given
    )

    without = filmed(tmp_path / "without", inputs={"start_image": inputs["start_image"]}, **given)
    assert psnr(frames[0], fitted(inputs["start_image"])) >= 38
    assert psnr(frames[-1], without[-1]) < 25


def test_an_element_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    inputs = {"element_1": a_subject(tmp_path / "figure.png"), "element_2": broken}
    job = a_job(tmp_path / "job", inputs=inputs, elements=(Element(image=SOMEWHERE),) * 2)

    with pytest.raises(InvalidRequest, match=r"element_list\[1\].image_url"):
        rendered(job)


def test_a_base_video_keeps_its_motion(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=30)

    frames = filmed(tmp_path / "job", inputs={"video_1": source}, videos=videos(VideoUse.BASE), duration=2)

    given = frames_of(source)
    assert len(frames) == 24
    assert all(psnr(one, other) > 30 for one, other in zip(given, frames, strict=False))


def test_a_base_video_is_lit_as_the_prompt_says(tmp_path: Path) -> None:
    inputs = {"video_1": a_clip(tmp_path / "source.mp4")}
    plain, night, snow = (
        filmed(tmp_path / name, inputs=inputs, videos=videos(VideoUse.BASE), prompt=prompt)
        for name, prompt in (
            ("plain", "<<<video_1>>>"),
            ("night", "<<<video_1>>> at night"),
            ("snow", "heavy snow in <<<video_1>>>"),
        )
    )

    assert night[0].mean() < 0.6 * plain[0].mean()
    assert psnr(snow[5], plain[5]) < 25


def test_a_base_video_of_another_rate_is_shown_at_its_own_speed(tmp_path: Path) -> None:
    twice = ClipShape(width=160, height=90, fps=Fraction(24))
    source = a_clip(tmp_path / "source.mp4", n_frames=24, shape=twice)

    frames = filmed(tmp_path / "job", inputs={"video_1": source}, videos=videos(VideoUse.BASE))

    # Of two that are shown in the time of one, either will do, but always the same.
    pairs = zip(frames_of(source)[1::2], frames, strict=True)
    assert all(psnr(one, other) > 30 for one, other in pairs)


@pytest.mark.parametrize(
    ("ratio", "size"), [(None, (90, 134)), (AspectRatio.WIDE, (160, 90)), (AspectRatio.SQUARE, (90, 90))]
)
def test_a_base_video_gives_the_ratio_unless_another_is_asked_for(
    tmp_path: Path, ratio: AspectRatio | None, size: tuple[int, int]
) -> None:
    tall = ClipShape(width=94, height=140, fps=Fraction(12))
    source = a_clip(tmp_path / "source.mp4", shape=tall)

    frames = filmed(
        tmp_path / "job", inputs={"video_1": source}, videos=videos(VideoUse.BASE), aspect_ratio=ratio
    )

    assert frames[0].shape[1::-1] == size


def test_a_base_video_that_is_too_short_is_refused_with_both_lengths(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=12)
    job = a_job(tmp_path / "job", inputs={"video_1": source}, videos=videos(VideoUse.BASE), duration=2)

    with pytest.raises(InvalidRequest, match=r"video_list\[0\].video_url lasts 1.00 s, but duration is 2 s"):
        rendered(job)


def test_a_base_video_may_be_a_frame_short(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=11)

    assert len(filmed(tmp_path / "job", inputs={"video_1": source}, videos=videos(VideoUse.BASE))) == 12


@pytest.mark.parametrize("use", VideoUse)
def test_what_is_no_video_is_refused_by_its_field(tmp_path: Path, use: VideoUse) -> None:
    picture = a_picture(tmp_path / "picture.png")
    job = a_job(tmp_path / "job", inputs={"video_1": picture}, videos=videos(use))

    with pytest.raises(InvalidRequest, match=r"video_list\[0\].video_url is not a usable video"):
        rendered(job)


def test_the_camera_of_a_feature_video_is_followed(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=12, draw=sliding)
    job: dict[str, Any] = {"inputs": {"video_1": source}, "videos": videos(VideoUse.FEATURE), "duration": 2}

    frames = filmed(tmp_path / "job", **job)

    still = filmed(tmp_path / "still", duration=2)
    assert psnr(frames[0], still[0]) > 30
    assert psnr(frames[-1], frames[0]) < psnr(still[-1], still[0])


@pytest.mark.parametrize(("seconds", "n_frames"), [(3.0, 36), (1.2, 36)])
def test_the_original_sound_is_cut_or_ended_with_silence(
    tmp_path: Path, seconds: float, n_frames: int
) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=n_frames, sound=a_tone(seconds))
    job = a_job(
        tmp_path / "job",
        inputs={"video_1": source},
        videos=videos(VideoUse.BASE, keeps_sound=True),
        duration=2,
    )

    clip, facts = rendered(job)

    heard = read_sound(clip, seconds=Fraction(2), field="clip")
    assert facts.has_audio
    assert heard is not None
    assert 0.2 < heard[:, SAMPLE_RATE // 10 : SAMPLE_RATE].std() < 0.35
    assert np.abs(heard[:, -40:]).max() < 0.05
    if seconds < 2:
        assert np.abs(heard[:, round(1.4 * SAMPLE_RATE) :]).max() < 0.01


@pytest.mark.parametrize("keeps_sound", [True, False])
def test_without_sound_to_keep_there_is_none(tmp_path: Path, keeps_sound: bool) -> None:
    sound = None if keeps_sound else a_tone(1)
    source = a_clip(tmp_path / "source.mp4", sound=sound)
    job = a_job(
        tmp_path / "job",
        inputs={"video_1": source},
        videos=videos(VideoUse.BASE, keeps_sound=keeps_sound),
    )

    assert not rendered(job)[1].has_audio


def test_shots_go_from_the_start_image_to_the_end_image(tmp_path: Path) -> None:
    inputs = {
        name: a_picture(tmp_path / f"{name}.png", seed=seed)
        for seed, name in enumerate(("start_image", "end_image"))
    }
    shots = tuple(
        Shot(index=number, prompt=prompt, duration=1)
        for number, prompt in enumerate(("a house", "a dark night", "zoom in"), 1)
    )

    frames = filmed(
        tmp_path / "job",
        inputs=inputs,
        action=Action.IMAGE2VIDEO,
        multi_shot=True,
        shot_type=ShotType.CUSTOMIZE,
        shots=shots,
        duration=3,
    )

    assert psnr(frames[0], fitted(inputs["start_image"])) >= 38
    assert psnr(frames[-1], fitted(inputs["end_image"])) >= 38
    steps = [float(np.abs(one.astype(int) - other).mean()) for one, other in pairwise(frames)]
    assert sorted(int(number) for number in np.argsort(steps)[-2:]) == [11, 23]


def test_elements_are_in_every_shot(tmp_path: Path) -> None:
    inputs = {"element_1": a_subject(tmp_path / "figure.png")}
    shots = tuple(Shot(index=number, prompt="the sea", duration=1) for number in (1, 2))
    job: dict[str, Any] = {
        "multi_shot": True,
        "shot_type": ShotType.CUSTOMIZE,
        "shots": shots,
        "duration": 2,
    }

    frames = filmed(tmp_path / "job", inputs=inputs, elements=(Element(image=SOMEWHERE),), **job)

    without = filmed(tmp_path / "without", **job)
    assert psnr(frames[6], without[6]) < 28
    assert psnr(frames[18], without[18]) < 28


def test_a_clip_with_references_does_not_say_that_a_scene_alone_could_go_on(tmp_path: Path) -> None:
    inputs = {"element_1": a_subject(tmp_path / "figure.png")}
    clip, _ = rendered(a_job(tmp_path / "job", inputs=inputs, elements=(Element(image=SOMEWHERE),)))

    assert comment_of(clip, field="clip") is None


def a_request(**changes: Any) -> GenerationRequest:
    """A request with every kind of reference that may go together."""
    plain: dict[str, Any] = {
        "action": Action.TEXT2VIDEO,
        "model": "kling-v3-omni",
        "mode": Mode.STD,
        "duration": 5,
        "elements": (Element(image=SOMEWHERE),),
        "images": (STYLE,),
        "videos": videos(VideoUse.BASE),
    }
    return GenerationRequest(**plain | changes)


def test_citations_change_nothing_in_how_a_prompt_is_read() -> None:
    cited = reading_of(a_request(prompt="<<<image_1>>> a night <<<element_1>>> sea, no <<<video_1>>> rain"))

    assert cited == reading_of(a_request(prompt="a night sea, no rain"))


def test_references_meet_no_objection() -> None:
    assert list(animatic_objections(a_request(), SPEC)) == []


@pytest.mark.parametrize(
    ("use", "changes", "field"),
    [
        (VideoUse.BASE, {"start_image": SOMEWHERE}, "start_image_url"),
        (VideoUse.BASE, {"images": (STYLE, FIRST)}, "image_list[1].type"),
        (VideoUse.BASE, {"multi_shot": True}, "multi_shot"),
        (VideoUse.BASE, {"camera": CameraMove(pan=1)}, "camera_control"),
        (VideoUse.FEATURE, {"camera": CameraMove(pan=1)}, "camera_control"),
    ],
)
def test_what_a_given_video_already_decides_is_refused_by_name(
    use: VideoUse, changes: dict[str, Any], field: str
) -> None:
    objections = list(animatic_objections(a_request(videos=videos(use), **changes), SPEC))

    assert [objection.field for objection in objections] == [field]
    assert f"{field} is not supported by the animatic engine together" in objections[0].message
