"""Clips that an upstream made a little differently: what is made of them, and what is not."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.engines.relay.clips import conformed_in_child, measured_in_child
from filmgate.engines.relay.conforming import examined, made_into
from filmgate.engines.relay.wanted import Examined, Means, Wanted
from tests.engines.relay.filmed import film

_WANTED = Wanted(
    width=64, height=36, fps=30, n_frames=30, has_sound=False, means=tuple(Means), max_upscale=1.5
)


def _made(folder: Path, wanted: Wanted = _WANTED, **delivered: Any) -> Examined:
    source = film(folder / "source.mp4", **delivered)
    return made_into(folder / "clip.mp4", source=source, wanted=wanted)


def test_a_clip_as_it_was_ordered_is_left_alone(tmp_path: Path) -> None:
    found = _made(tmp_path)

    assert (found.changes, (tmp_path / "clip.mp4").exists()) == ((), False)


@pytest.mark.parametrize(
    ("delivered", "change"),
    [
        ({"n_frames": 33}, "cut at its end by 3 frames"),
        ({"width": 66}, "cut at its edges, from 66x36 to 64x36"),
        ({"width": 96, "height": 54}, "scaled by 0.667, from 96x54 to 64x36"),
        ({"width": 48, "height": 28}, "scaled by 1.33, from 48x28 to 64x36"),
        ({"fps": 15, "n_frames": 15}, "retimed from 15 to 30 fps"),
        ({"has_sound": True}, "freed of its sound"),
        ({"codec": "mpeg4"}, "encoded again as H.264"),
    ],
)
def test_a_clip_is_made_into_what_was_ordered_frame_by_frame(
    tmp_path: Path, delivered: dict[str, Any], change: str
) -> None:
    found = _made(tmp_path, **delivered)

    assert found.changes == (change,)
    clip = examined(tmp_path / "clip.mp4")
    assert clip.facts == found.facts
    assert (clip.n_frames, clip.is_plain) == (30, True)
    assert (clip.facts.width, clip.facts.height, clip.facts.fps) == (64, 36, Fraction(30))
    assert not clip.facts.has_audio


def test_a_clip_that_is_cut_keeps_its_pictures_and_its_sound(tmp_path: Path) -> None:
    _made(tmp_path, replace(_WANTED, n_frames=20, has_sound=True), has_sound=True)

    levels = _levels(tmp_path / "clip.mp4")
    assert levels == pytest.approx([255 * number / 30 for number in range(20)], abs=4)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert samples.shape[1] == pytest.approx(48_000 * 20 / 30, abs=1024)
    assert float(np.abs(samples).max()) > 0.3


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (replace(_WANTED, n_frames=31), "too short, with 30 of 31 frames"),
        (replace(_WANTED, width=128, height=72), "128x72 cannot be made of that"),
        (replace(_WANTED, width=36, height=36), "36x36 cannot be made of that"),
        (replace(_WANTED, has_sound=True), "no sound, and sound was ordered"),
        (replace(_WANTED, n_frames=29, means=(Means.SCALE,)), "cut at its end by 1 frame, which conform"),
        (replace(_WANTED, fps=24, n_frames=24, means=(Means.TRIM,)), "retimed from 30 to 24 fps, which"),
    ],
)
def test_what_cannot_be_made_of_it_or_may_not_is_said(tmp_path: Path, wanted: Wanted, reason: str) -> None:
    with pytest.raises(EngineFailed, match=reason):
        _made(tmp_path, wanted)


def test_a_file_that_misses_its_end_is_no_whole_clip(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", n_frames=60).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[:-200])

    with pytest.raises(InvalidRequest):
        examined(cut)


async def test_the_child_says_the_same_and_what_it_cannot_use(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", n_frames=33)

    found = await conformed_in_child(source, tmp_path / "clip.mp4", wanted=_WANTED)

    assert found == made_into(tmp_path / "again.mp4", source=source, wanted=_WANTED)
    assert await measured_in_child(tmp_path / "clip.mp4") == found.facts
    source.write_bytes(b"<html>")
    with pytest.raises(EngineFailed, match=r"The upstream's clip cannot be used: .* cannot be read as MP4"):
        await measured_in_child(source)


def _levels(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray(format="rgb24").mean()) for frame in container.decode(video=0)]
