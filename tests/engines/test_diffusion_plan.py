"""From what a model films to what was asked: windows, grids, rates and sizes."""

from fractions import Fraction
from itertools import product

import pytest

from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.diffusion.plan import Plan, Window, plan
from filmgate.engines.diffusion.profile import known_profiles, load_profile


def planned(name: str, width: int, height: int, *, fps: int = 24, seconds: int = 5, **how: bool) -> Plan:
    shape = ClipShape(width=width, height=height, fps=Fraction(fps))
    return plan(load_profile(name), shape=shape, seconds=seconds, **how)


def test_a_model_of_480_lines_films_720_lines_two_thirds_as_large() -> None:
    chain = planned("wan2.1-t2v-1.3b", 1280, 720)

    assert (chain.width, chain.height) == (864, 480)
    assert chain.upscale == 1.5
    assert chain.windows == (Window(81, 0),)
    assert chain.interpolation == Fraction(24, 16)


def test_a_model_of_720_lines_films_them_on_its_grid_and_enlarges_nothing() -> None:
    chain = planned("ltx-2.3-distilled", 1280, 720)

    assert (chain.width, chain.height) == (1280, 736)
    assert chain.upscale == 1
    assert chain.told()["upscaled"] is None
    assert chain.told()["interpolated"] is None
    assert chain.told()["trimmed"] == {"width": 1280, "height": 720, "frames": 120}


@pytest.mark.parametrize(("size", "films"), [((1280, 720), (1280, 704)), ((720, 1280), (704, 1280))])
def test_a_model_films_in_the_size_that_it_was_trained_on(
    size: tuple[int, int], films: tuple[int, int]
) -> None:
    chain = planned("wan2.2-ti2v-5b", *size)

    assert (chain.width, chain.height) == films
    assert chain.windows == (Window(121, 0),)
    assert chain.told()["upscaled"] == {"factor": 1.023, "by": "cubic filter"}
    assert chain.told()["interpolated"] is None


@pytest.mark.parametrize("name", known_profiles())
def test_every_chain_is_on_its_grids_and_covers_the_clip(name: str) -> None:
    native = load_profile(name).native
    sizes = ((1280, 720), (720, 1280), (720, 720), (1920, 1080))
    lengths = (3, 5, 10, 15) if native.context else (3, 5)
    ways = (False, True) if native.context else (False,)

    for size, fps, seconds, continues in product(sizes, (24, 30), lengths, ways):
        chain = planned(name, *size, fps=fps, seconds=seconds, continues=continues)

        assert chain.width % native.size_grid == chain.height % native.size_grid == 0
        assert chain.width * chain.upscale >= size[0] - 1e-9
        assert chain.height * chain.upscale >= size[1] - 1e-9
        assert all(native.on_frame_grid(each.n_frames) == each.n_frames for each in chain.windows)
        assert all(each.n_frames <= native.window for each in chain.windows)
        assert chain.n_frames == fps * seconds
        assert chain.place(chain.n_frames - 1) <= chain.n_reel - 1


def test_windows_after_the_first_repeat_the_context() -> None:
    chain = planned("wan2.1-vace-1.3b", 1280, 720, seconds=10)

    assert chain.windows == (Window(81, 0), Window(81, 9), Window(17, 9))


def test_a_continuation_begins_one_frame_after_the_source_ended() -> None:
    chain = planned("wan2.2-i2v-a14b", 1280, 720, fps=16, continues=True)

    assert [chain.place(number) for number in (0, 1)] == [1, 2]
    assert chain.place(79) == 80
    assert chain.windows == (Window(81, 1),)


def test_a_clip_that_lands_on_a_picture_spreads_its_frames_up_to_it() -> None:
    chain = planned("wan2.1-flf2v-14b", 1280, 720, lands=True)

    assert chain.place(0) == 0
    assert chain.place(119) == chain.n_reel - 1
    assert chain.told()["interpolated"] is not None


def test_a_rate_that_the_model_has_is_filmed_as_it_is() -> None:
    rates = [planned("ltx-2.3-distilled", 1280, 720, fps=fps).rate for fps in (16, 24, 30, 60)]

    assert rates == [24, 24, 30, 30]
