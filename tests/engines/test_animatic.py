"""Whole jobs of the animatic engine, from request to decoded clip."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    GenerationRequest,
    Mode,
)
from filmgate.domain.tasks import ClipFacts, FileKind
from filmgate.engines.animatic.engine import animatic_objections
from filmgate.engines.encoder import EncoderSettings
from filmgate.engines.picture import fit, open_picture
from filmgate.engines.soundtrack import read_sound
from tests.engines.filming import (
    SPEC,
    a_clip,
    a_job,
    a_picture,
    fingerprints,
    frames_of,
    psnr,
    rendered,
    staged_renderer,
)


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        (None, (160, 90)),
        (AspectRatio.WIDE, (160, 90)),
        (AspectRatio.TALL, (90, 160)),
        (AspectRatio.SQUARE, (90, 90)),
    ],
)
def test_a_prompt_becomes_a_clip_of_the_exact_size_rate_and_duration(
    tmp_path: Path, ratio: AspectRatio | None, size: tuple[int, int]
) -> None:
    clip, facts = rendered(a_job(tmp_path / "job", aspect_ratio=ratio))

    assert facts == ClipFacts(
        width=size[0], height=size[1], fps=Fraction(12), duration=Fraction(1), has_audio=False
    )
    assert [frame.shape[1::-1] for frame in frames_of(clip)] == [size] * 12


def test_the_same_seed_gives_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    jobs = [a_job(tmp_path / name, generate_audio=True) for name in ("one", "two", "three")]
    jobs[2] = replace(jobs[2], seed=8)

    one, two, three = (rendered(job)[0].read_bytes() for job in jobs)

    assert one == two != three


@pytest.mark.parametrize(
    ("size", "ratio", "frame"),
    [
        ((640, 360), None, (160, 90)),
        ((400, 600), None, (90, 136)),
        ((301, 299), None, (90, 90)),
        ((640, 360), AspectRatio.TALL, (90, 160)),
    ],
)
def test_a_clip_follows_its_pictures_ratio_unless_another_is_asked_for(
    tmp_path: Path, size: tuple[int, int], ratio: AspectRatio | None, frame: tuple[int, int]
) -> None:
    picture = a_picture(tmp_path / "start.png", width=size[0], height=size[1])

    _, facts = rendered(
        a_job(
            tmp_path / "job",
            inputs={"start_image": picture},
            action=Action.IMAGE2VIDEO,
            aspect_ratio=ratio,
        )
    )

    assert (facts.width, facts.height) == frame


def test_the_first_frame_is_the_start_image(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "start.png")
    job = a_job(tmp_path / "job", inputs={"start_image": picture}, action=Action.IMAGE2VIDEO)

    clip, _ = rendered(job)

    fitted = fit(open_picture(picture, field="start_image_url"), width=160, height=90)
    assert psnr(frames_of(clip)[0], fitted) >= 38


def test_with_an_end_image_the_first_and_last_frames_are_the_two_pictures(tmp_path: Path) -> None:
    inputs = {
        name: a_picture(tmp_path / f"{name}.png", seed=seed)
        for seed, name in enumerate(("start_image", "end_image"))
    }
    job = a_job(tmp_path / "job", inputs=inputs, action=Action.IMAGE2VIDEO)

    frames = frames_of(rendered(job)[0])

    for frame, path in ((frames[0], inputs["start_image"]), (frames[-1], inputs["end_image"])):
        assert psnr(frame, fit(open_picture(path, field="image"), width=160, height=90)) >= 38
    assert len({frame.tobytes() for frame in frames}) >= 10


def test_sound_lasts_as_long_as_the_clip_and_is_heard(tmp_path: Path) -> None:
    clip, facts = rendered(a_job(tmp_path / "job", generate_audio=True))

    sound = read_sound(clip, seconds=Fraction(1), field="clip")

    assert facts.has_audio
    assert sound is not None
    assert 0.01 < sound.std() < 0.5


def test_a_poster_shows_the_clip_small_enough_for_a_page(tmp_path: Path) -> None:
    job = a_job(tmp_path / "job")

    files = staged_renderer().render(replace(job, spec=replace(SPEC, short_side=800)), print)

    poster = next(file for file in files if file.kind is FileKind.POSTER)
    with Image.open(poster.path) as image:
        assert (image.format, image.size, poster.content_type) == ("JPEG", (1280, 720), "image/jpeg")
        assert np.asarray(image).std() > 10


def test_an_extension_keeps_every_frame_of_its_source_and_adds_its_own(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=30)
    job = a_job(tmp_path / "job", inputs={"source_clip": source}, action=Action.EXTEND, duration=2)

    clip, facts = rendered(job)

    assert facts == ClipFacts(
        width=160, height=90, fps=Fraction(12), duration=Fraction(54, 12), has_audio=False
    )
    assert fingerprints(clip)[:30] == fingerprints(source)


def test_a_continuation_starts_where_its_source_ends_and_goes_on_moving(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=30)
    job = a_job(tmp_path / "job", inputs={"source_clip": source}, action=Action.EXTEND, duration=2)

    frames = frames_of(rendered(job)[0])

    assert psnr(frames[29], frames[30]) > 34
    assert psnr(frames[29], frames[-1]) < psnr(frames[29], frames[30]) - 3


def test_an_extension_of_an_extension_has_the_sound_of_its_source(tmp_path: Path) -> None:
    first, _ = rendered(a_job(tmp_path / "first", generate_audio=True))
    clip = first
    for name in ("second", "third"):
        job = a_job(tmp_path / name, inputs={"source_clip": clip}, action=Action.EXTEND)
        clip, facts = rendered(job)

    sound = read_sound(clip, seconds=Fraction(3), field="clip")
    assert (facts.duration, facts.has_audio) == (Fraction(3), True)
    assert sound is not None
    assert sound.reshape(2, 30, -1).std(axis=2)[:, :-1].min() > 0.01
    assert fingerprints(clip)[:12] == fingerprints(first)


def test_a_source_of_another_maker_is_extended_too(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "source.mp4", n_frames=15, settings=EncoderSettings(preset="slow", crf=18))
    job = a_job(tmp_path / "job", inputs={"source_clip": source}, action=Action.EXTEND)

    clip, facts = rendered(job)

    assert facts.duration == Fraction(27, 12)
    assert psnr(frames_of(clip)[14], frames_of(source)[14]) > 36


@pytest.mark.parametrize(
    ("name", "action", "field"),
    [
        ("start_image", Action.IMAGE2VIDEO, "start_image_url"),
        ("end_image", Action.IMAGE2VIDEO, "end_image_url"),
        ("source_clip", Action.EXTEND, "video_id"),
    ],
)
def test_an_unusable_input_is_the_callers_fault_and_named(
    tmp_path: Path, name: str, action: Action, field: str
) -> None:
    inputs = {"start_image": a_picture(tmp_path / "start.png")}
    inputs[name] = tmp_path / "junk"
    inputs[name].write_bytes(b"not what it should be")

    with pytest.raises(InvalidRequest) as refused:
        rendered(a_job(tmp_path / "job", inputs=inputs, action=action))
    assert [objection.field for objection in refused.value.objections] == [field]


def test_progress_rises_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    source = a_clip(tmp_path / "source.mp4")

    for job in (
        a_job(tmp_path / "new"),
        a_job(tmp_path / "more", inputs={"source_clip": source}, action=Action.EXTEND),
    ):
        told.clear()
        staged_renderer().render(job, told.append)

        assert len(told) >= 12
        assert told == sorted(told)
        assert told[-1] == 1


def test_warming_leaves_nothing_behind_and_can_be_repeated() -> None:
    renderer = staged_renderer()

    renderer.warm()
    renderer.warm()


def test_a_plain_request_meets_no_objection() -> None:
    request = GenerationRequest(action=Action.TEXT2VIDEO, model="kling-v3", mode=Mode.STD, duration=5)

    assert list(animatic_objections(request, SPEC)) == []
