"""Clips as they are written, seen after decoding them again."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.scene import Pose
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.colour import ClipColours, RGBFrame
from filmgate.engines.encoder import ClipWriter, EncoderSettings
from filmgate.engines.soundtrack import SAMPLE_RATE, Samples, read_sound
from tests.engines.filming import SHAPE, a_clip, frames_of, psnr, shown_at, sliding, texture


def a_tone(seconds: Fraction) -> Samples:
    """A quiet 440 Hz tone on both channels."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.tile(np.sin(2 * np.pi * 440 * time) * 0.3, (2, 1)).astype(np.float32)


def packets(shape: ClipShape, *, options: dict[str, str]) -> list[bytes]:
    """Encode twelve frames of a growing picture without a file around them."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = shape.width, shape.height, "yuv420p"
    encoder.time_base, encoder.options = 1 / shape.fps, options
    still, colours = Still(texture(width=356, height=200), width=178, height=100), ClipColours()
    made: list[bytes] = []
    for number in range(12):
        still.draw(frame := np.empty((100, 178, 3), np.uint8), time=0, pose=Pose(forward=number / 8))
        converted = colours.convert(frame)
        converted.pts = number
        made += map(bytes, encoder.encode(converted))
    return made + [bytes(packet) for packet in encoder.encode()]


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30), Fraction(30_000, 1001)])
def test_size_rate_and_number_of_frames_are_exact(tmp_path: Path, fps: Fraction) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=31, shape=ClipShape(width=90, height=160, fps=fps))

    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        shape = (stream.width, stream.height, stream.average_rate)
        seconds = (stream.duration or 0) * Fraction(stream.time_base or 0)

    assert shape == (90, 160, fps)
    assert seconds == 31 / fps
    assert shown_at(clip) == [n / fps for n in range(31)]


@pytest.mark.parametrize(
    "rgb", [(220, 30, 30), (30, 200, 60), (20, 40, 230), (250, 200, 20), (128, 128, 128)]
)
def test_saturated_colours_come_back_within_three_levels(tmp_path: Path, rgb: tuple[int, int, int]) -> None:
    def patch(frame: RGBFrame, _: int) -> None:
        frame[:] = rgb

    clip = a_clip(tmp_path / "clip.mp4", n_frames=3, draw=patch)

    assert np.abs(frames_of(clip)[1].astype(int) - rgb).max() <= 3


def test_stream_and_frames_say_that_they_are_bt709_in_limited_range(tmp_path: Path) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=2)

    with av.open(str(clip)) as container:
        context = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))

    for tagged in (context, frame):
        assert (tagged.colorspace, tagged.color_range, tagged.color_primaries, tagged.color_trc) == (
            1,
            1,
            1,
            1,
        )
    assert context.pix_fmt == "yuv420p"


def test_a_browser_finds_the_index_before_the_pictures(tmp_path: Path) -> None:
    content = a_clip(tmp_path / "clip.mp4").read_bytes()

    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_keyframes_come_every_five_seconds_and_close_their_group(tmp_path: Path) -> None:
    clip = a_clip(tmp_path / "clip.mp4", n_frames=122)

    with av.open(str(clip)) as container:
        packets = [(packet.pts, packet.is_keyframe) for packet in container.demux(video=0)]

    times = [pts for pts, _ in packets if pts is not None]
    keyframes = [n for n, (_, is_keyframe) in enumerate(packets) if is_keyframe]
    assert keyframes == [0, 60, 120]
    for n in keyframes:
        assert max(times[:n], default=-1) < times[n] <= min(times[n:])


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    sound = a_tone(Fraction(1))

    one, two = (a_clip(tmp_path / name, sound=sound).read_bytes() for name in ("one.mp4", "two.mp4"))

    assert one == two


def test_the_bytes_do_not_depend_on_the_instructions_a_processor_has() -> None:
    shape = ClipShape(width=178, height=100, fps=Fraction(12))
    options = EncoderSettings().x264_options(shape, n_frames=12)
    without_simd = options | {"x264-params": options["x264-params"] + ":no-asm=1"}

    assert packets(shape, options=options) == packets(shape, options=without_simd)


def test_a_lower_quantiser_brings_both_ends_nearer_to_their_pictures(tmp_path: Path) -> None:
    fine = texture(width=160, height=90, grain=3)

    def still(frame: RGBFrame, number: int) -> None:
        sliding(frame, number)
        if number in (0, 11):
            frame[:] = fine

    plain = frames_of(a_clip(tmp_path / "plain.mp4", draw=still))
    settings = EncoderSettings(endpoint_quantiser=10)
    better = frames_of(a_clip(tmp_path / "better.mp4", draw=still, settings=settings))

    for end in (0, -1):
        assert psnr(better[end], fine) > psnr(plain[end], fine) + 1


@pytest.mark.parametrize("n_frames", [1, 7, 13, 60])
def test_sound_is_as_long_as_the_picture_to_one_aac_frame(tmp_path: Path, n_frames: int) -> None:
    seconds = n_frames / SHAPE.fps
    tone = a_tone(seconds)

    clip = a_clip(tmp_path / "clip.mp4", n_frames=n_frames, sound=tone)

    with av.open(str(clip)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert 0 <= heard - tone.shape[1] < 1024


def test_sound_comes_back_in_time_with_the_picture(tmp_path: Path) -> None:
    tone = a_tone(Fraction(2))
    tone[:, : SAMPLE_RATE // 2] = 0

    clip = a_clip(tmp_path / "clip.mp4", n_frames=24, sound=tone)
    heard = read_sound(clip, seconds=Fraction(2), field="clip")

    assert heard is not None
    assert heard.shape == tone.shape
    assert np.abs(heard[:, :20_000]).max() < 0.02
    assert np.abs(heard - tone)[:, 26_000:90_000].max() < 0.05


def test_progress_counts_every_frame_to_one(tmp_path: Path) -> None:
    told: list[float] = []

    a_clip(tmp_path / "clip.mp4", n_frames=4, progress=told.append)

    assert told == [0.25, 0.5, 0.75, 1.0]


def test_an_error_of_the_drawing_comes_out(tmp_path: Path) -> None:
    def failing(frame: RGBFrame, number: int) -> None:
        sliding(frame, number)
        if number == 9:
            raise ZeroDivisionError("the tenth frame")

    with pytest.raises(ZeroDivisionError, match="the tenth frame"):
        a_clip(tmp_path / "clip.mp4", draw=failing)


def test_an_error_of_the_encoder_comes_out_while_frames_are_still_drawn(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="could not be encoded"):
        a_clip(tmp_path / "missing" / "clip.mp4", n_frames=500)


def test_a_clip_with_frames_missing_is_an_error(tmp_path: Path) -> None:
    frame = texture(width=160, height=90)

    with (
        pytest.raises(EngineFailed, match="1 of 2 frames"),
        ClipWriter(tmp_path / "clip.mp4", shape=SHAPE, n_frames=2) as writer,
    ):
        writer.add(frame)
