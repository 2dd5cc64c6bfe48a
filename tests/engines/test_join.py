"""A clip and its continuation in one file."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.engines.animatic.sounds.sound import heard_at
from filmgate.engines.animatic.sounds.soundscape import Soundscape
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import RGBFrame
from filmgate.engines.encoder import EncoderSettings
from filmgate.engines.join import join, steady_frames
from filmgate.engines.probe import clip_facts
from filmgate.engines.soundtrack import read_sound
from tests.engines.filming import SHAPE, a_clip, fingerprints, frames_of, psnr, shown_at, texture


def other(frame: RGBFrame, number: int) -> None:
    """Draw a picture that has nothing to do with the clip before."""
    frame[:] = np.roll(texture(width=160, height=90, seed=9), number, axis=0)


def test_every_frame_of_both_clips_is_bit_for_bit_what_it_was(tmp_path: Path) -> None:
    # 37 frames end in the middle of a group of pictures, and the quantisers of both ends differ.
    source = a_clip(tmp_path / "a.mp4", n_frames=37, settings=EncoderSettings(endpoint_quantiser=14))
    added = a_clip(tmp_path / "b.mp4", n_frames=25, draw=other)

    join(source, added, tmp_path / "ab.mp4", sound=None, field="video_id")

    assert fingerprints(tmp_path / "ab.mp4") == fingerprints(source) + fingerprints(added)
    assert shown_at(tmp_path / "ab.mp4") == [Fraction(n, 12) for n in range(62)]


def test_a_joined_clip_can_be_joined_again(tmp_path: Path) -> None:
    first = a_clip(tmp_path / "a.mp4", n_frames=13)
    second, third = (a_clip(tmp_path / name, n_frames=12, draw=other) for name in ("b.mp4", "c.mp4"))

    join(first, second, tmp_path / "ab.mp4", sound=None, field="video_id")
    join(tmp_path / "ab.mp4", third, tmp_path / "abc.mp4", sound=None, field="video_id")

    whole = fingerprints(first) + fingerprints(second) + fingerprints(third)
    assert fingerprints(tmp_path / "abc.mp4") == whole
    assert clip_facts(tmp_path / "abc.mp4", field="clip").duration == Fraction(37, 12)


def test_sound_runs_through_the_joint_without_a_gap(tmp_path: Path) -> None:
    source, added = a_clip(tmp_path / "a.mp4"), a_clip(tmp_path / "b.mp4", draw=other)
    sound = heard_at(Soundscape(levels={"wind": 0.0}), seconds=Fraction(2), seed=1)

    join(source, added, tmp_path / "ab.mp4", sound=sound, field="video_id")

    with av.open(str(tmp_path / "ab.mp4")) as container:
        pieces = [(frame.pts or 0, frame.samples) for frame in container.decode(audio=0)]
    assert all(pts + n == later for (pts, n), (later, _) in pairwise(pieces))
    heard = read_sound(tmp_path / "ab.mp4", seconds=Fraction(2), field="clip")
    assert heard is not None
    joint = slice(47_000, 49_000)
    assert np.abs(heard[:, joint] - sound[:, joint]).max() < 0.1
    assert heard[:, joint].std() > 0.5 * sound[:, joint].std()


def test_the_index_of_a_joined_clip_comes_first(tmp_path: Path) -> None:
    join(
        a_clip(tmp_path / "a.mp4"),
        a_clip(tmp_path / "b.mp4"),
        tmp_path / "ab.mp4",
        sound=None,
        field="video_id",
    )

    content = (tmp_path / "ab.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_source_of_another_encoder_is_encoded_again_and_keeps_every_frame(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "a.mp4", n_frames=14, settings=EncoderSettings(preset="medium"))
    added = a_clip(tmp_path / "b.mp4", n_frames=10, draw=other)

    join(source, added, tmp_path / "ab.mp4", sound=None, field="video_id")

    joined, parts = frames_of(tmp_path / "ab.mp4"), frames_of(source) + frames_of(added)
    assert clip_facts(tmp_path / "ab.mp4", field="clip").duration == Fraction(2)
    assert min(psnr(one, other) for one, other in zip(joined, parts, strict=True)) > 36


def test_uneven_frames_are_shown_when_they_were_due(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n, pts in enumerate((0, 1, 5, 6)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 40 * n + 40, np.uint8)).reformat(
                format="yuv420p"
            )
            frame.pts, frame.time_base = pts, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())

    shown = [
        round(frame.mean() / 40) for frame in steady_frames(path, n_frames=8, fps=SHAPE.fps, field="video_id")
    ]

    assert shown == [1, 2, 2, 2, 2, 3, 4, 4]


def test_clips_of_different_sizes_are_not_joined(tmp_path: Path) -> None:
    source = a_clip(tmp_path / "a.mp4", shape=ClipShape(width=64, height=64, fps=Fraction(12)))

    with pytest.raises(EngineFailed, match="another size"):
        join(source, a_clip(tmp_path / "b.mp4"), tmp_path / "ab.mp4", sound=None, field="video_id")


def test_a_broken_source_is_the_callers_fault(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"junk")

    with pytest.raises(InvalidRequest, match="video_id"):
        join(
            tmp_path / "a.mp4",
            a_clip(tmp_path / "b.mp4"),
            tmp_path / "ab.mp4",
            sound=None,
            field="video_id",
        )
