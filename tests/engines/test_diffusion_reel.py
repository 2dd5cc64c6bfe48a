"""The model's frames as a clip: interpolated where they moved, enlarged, trimmed, and joined to sound."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.diffusion.brief import filmed_as
from filmgate.engines.diffusion.plan import plan
from filmgate.engines.diffusion.profile import Native, load_profile
from filmgate.engines.diffusion.reel import Reel
from filmgate.engines.diffusion.sound import at_clip_rate, fitted, spliced

_SMALL = Native(short_side=96, size_grid=32, rates=(8,), frame_grid=4, window=9, context=1)
_PROFILE = load_profile("wan2.2-ti2v-5b").model_copy(update={"native": _SMALL})


def a_moving_square(n_frames: int, *, side: int = 24, step: int = 8) -> npt.NDArray[np.uint8]:
    """A bright, ribbed square on grey that moves to the right."""
    footage = np.full((n_frames, 96, 128, 3), 60, np.uint8)
    ribs = (200 + 40 * np.sin(np.arange(side) * 1.3))[None, :, None].astype(np.uint8)
    for number in range(n_frames):
        left = 10 + step * number
        footage[number, 36 : 36 + side, left : left + side] = ribs
    return footage


def drawn(reel: Reel, shape: ClipShape, number: int) -> npt.NDArray[np.uint8]:
    frame = np.empty((shape.height, shape.width, 3), np.uint8)
    reel.draw(frame, number)
    return frame


def test_a_frame_between_two_shows_what_moves_half_way_and_not_twice() -> None:
    shape = ClipShape(width=128, height=96, fps=Fraction(16))
    chain = plan(_PROFILE, shape=shape, seconds=1)
    footage = a_moving_square(9)

    between = drawn(Reel(footage, chain=chain), shape, 5).astype(int)

    bright = np.flatnonzero(between[48, :, 0] > 140)
    middle = 10 + 8 * 2.5
    assert abs(bright.min() - middle) <= 2
    assert abs(bright.max() - (middle + 23)) <= 2


def test_frames_of_the_models_own_rate_are_shown_as_they_are() -> None:
    shape = ClipShape(width=128, height=96, fps=Fraction(8))
    footage = a_moving_square(9)
    reel = Reel(footage, chain=plan(_PROFILE, shape=shape, seconds=1))

    assert all(np.array_equal(drawn(reel, shape, number), footage[number]) for number in range(8))


def test_a_given_picture_comes_out_of_the_chain_where_it_went_in() -> None:
    shape = ClipShape(width=180, height=120, fps=Fraction(8))
    chain = plan(_PROFILE, shape=shape, seconds=1)
    rows, columns = np.mgrid[0:120, 0:180]
    picture = np.dstack([rows * 2, columns, 120 + 60 * np.sin(columns / 20)]).astype(np.uint8)

    filmed = filmed_as(picture, chain)
    shown = drawn(Reel(np.stack([filmed] * chain.n_reel), chain=chain), shape, 0)

    assert filmed.shape[:2] == (chain.height, chain.width)
    assert np.abs(shown.astype(int) - picture).max() <= 6


def test_sound_is_brought_to_two_channels_and_ended_with_silence() -> None:
    sound = at_clip_rate(np.full((1, 8000), 0.5, np.float32), rate=16_000, seconds=Fraction(1))

    assert sound.shape == (2, 48_000)
    assert np.abs(sound[:, 2_000:22_000] - 0.5).max() < 0.02
    assert np.abs(sound[:, 26_000:]).max() == 0
    assert fitted(sound, seconds=Fraction(1, 4)).shape == (2, 12_000)


def test_sounds_fade_into_each_other_over_their_overlap() -> None:
    before, after = np.ones((2, 48_000), np.float32), np.zeros((2, 48_000), np.float32)

    sound = spliced(before, after, overlap=Fraction(1, 4))

    assert sound.shape == (2, 84_000)
    assert sound[0, 35_999] == 1
    assert abs(sound[0, 42_000] - 0.5) < 0.01
    assert sound[0, 48_000] == 0
