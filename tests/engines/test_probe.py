"""Measuring clips, and refusing what only pretends to be one."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.tasks import ClipFacts
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.probe import ClipLimits, clip_facts, last_frame
from filmgate.engines.soundtrack import read_sound
from tests.engines.filming import a_clip, frames_of, psnr


def test_facts_are_what_was_filmed(tmp_path: Path) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=37, shape=ClipShape(width=128, height=96, fps=Fraction(24)))

    facts = clip_facts(clip, field="video_id")

    assert facts == ClipFacts(
        width=128, height=96, fps=Fraction(24), duration=Fraction(37, 24), has_audio=False
    )


def test_an_mp4_that_is_a_script_of_other_files_is_not_followed(tmp_path: Path) -> None:
    a_clip(tmp_path / "secret.mp4")
    script = tmp_path / "clip.mp4"
    script.write_text("ffconcat version 1.0\nfile secret.mp4\n")

    with av.open(str(script), options={"safe": "0"}) as followed:
        assert followed.format.name == "concat", "FFmpeg itself reads the other file"

    with pytest.raises(InvalidRequest, match="video_id is not a usable video"):
        clip_facts(script, field="video_id")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no video at all",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.mp4\n#EXT-X-ENDLIST\n",
        b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
        b"\x1aE\xdf\xa3 matroska",
    ],
)
def test_junk_is_the_callers_fault_and_names_the_field(tmp_path: Path, content: bytes) -> None:
    junk = tmp_path / "clip.mp4"
    junk.write_bytes(content)

    for reading in (clip_facts, last_frame):
        with pytest.raises(InvalidRequest) as refused:
            reading(junk, field="video_id")
        assert [objection.field for objection in refused.value.objections] == ["video_id"]


def test_a_truncated_clip_is_refused(tmp_path: Path) -> None:
    whole = a_clip(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[:600])

    with pytest.raises(InvalidRequest):
        clip_facts(tmp_path / "half.mp4", field="video_id")


def test_other_containers_are_refused_even_with_a_known_codec(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())

    with pytest.raises(InvalidRequest):
        clip_facts(path, field="video_url")


def test_a_codec_off_the_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("prores_ks", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv422p10le"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv422p10le")))
        container.mux(stream.encode())

    with pytest.raises(InvalidRequest):
        clip_facts(path, field="video_url")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ClipLimits(max_frames=11), "more than 11 frames"),
        (ClipLimits(max_pixels=100), "pixels"),
        (ClipLimits(max_seconds=0), "it lasts 1 s, at most 0 s are accepted"),
        (ClipLimits(max_fps=11), "it has 12 frames a second, 1 to 11 are accepted"),
        (ClipLimits(min_fps=13), "it has 12 frames a second, 13 to 240 are accepted"),
        (ClipLimits(max_tracks=0), "more than 0 tracks"),
    ],
)
def test_clips_over_the_limits_are_refused(tmp_path: Path, limits: ClipLimits, reason: str) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=12)

    with pytest.raises(InvalidRequest, match=reason):
        clip_facts(clip, field="video_id", limits=limits)


@pytest.mark.parametrize("n_frames", [1, 24, 60, 61])
def test_the_last_frame_is_found_wherever_the_last_keyframe_is(tmp_path: Path, n_frames: int) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=n_frames)

    assert psnr(last_frame(clip, field="video_id"), frames_of(clip)[-1]) == pytest.approx(361, abs=1)


def test_a_clip_without_a_sound_track_has_no_sound(tmp_path: Path) -> None:
    clip = a_clip(tmp_path / "clip.mp4")

    assert read_sound(clip, seconds=Fraction(1), field="video_id") is None
