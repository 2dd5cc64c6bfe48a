"""Scenes take over the palette and the light of reference pictures."""

import numpy as np
import pytest

from filmgate.engines.animatic.casting.style import Styled
from filmgate.engines.animatic.kernels.native import NumPyKernels, kernels
from filmgate.engines.animatic.kernels.toning import ToningView, terms
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import DITHER_SIDE, Floats
from tests.engines.filming import texture

TEAL, ROSE = (0.55, 1.0, 1.05), (1.1, 0.75, 0.85)


def a_scene() -> Still:
    """A soft, rather colourless picture."""
    return Still(np.asarray(texture(width=320, height=180) // 3 + 80, np.uint8), width=160, height=90)


def reference(colour: tuple[float, float, float], *, light: float = 1.0) -> RGBFrame:
    """A picture of one colour's shades."""
    shades = texture(width=300, height=300, seed=9).mean(axis=2, keepdims=True)
    return np.asarray(np.clip(shades * np.array(colour) * light, 0, 255), np.uint8)


def drawn(scene: Styled | Still, *, time: float = 2.0) -> Floats:
    """Draw a frame; as floats."""
    frame = np.empty((90, 160, 3), np.uint8)
    scene.draw(frame, time=time, pose=Pose())
    return frame.astype(np.float32)


def chroma(picture: RGBFrame | Floats) -> Floats:
    """Return the mean of red minus green, and of blue minus green."""
    mean = picture.reshape(-1, 3).mean(axis=0)
    return np.asarray([mean[0] - mean[1], mean[2] - mean[1]], np.float32)


@pytest.mark.parametrize("colour", [TEAL, ROSE])
def test_the_mean_colour_goes_most_of_the_way_to_the_references(
    colour: tuple[float, float, float],
) -> None:
    plain, wanted = drawn(a_scene()), reference(colour)

    styled = drawn(Styled(a_scene(), [wanted], size=(160, 90), seen_at=2.0))

    before, after = (float(np.linalg.norm(chroma(each) - chroma(wanted))) for each in (plain, styled))
    assert after < 0.6 * before


@pytest.mark.parametrize("light", [0.35, 1.6])
def test_a_dark_reference_darkens_and_a_bright_one_brightens(light: float) -> None:
    wanted = reference((1.0, 1.0, 1.0), light=light)

    styled = drawn(Styled(a_scene(), [wanted], size=(160, 90), seen_at=2.0))

    assert (styled.mean() - drawn(a_scene()).mean()) * (light - 1) > 5


def test_what_is_bright_stays_brighter_than_what_is_dark() -> None:
    ramp = np.repeat(np.linspace(0, 255, 160, dtype=np.uint8)[None, :, None], 90, axis=0).repeat(3, axis=2)
    scene = Still(np.ascontiguousarray(ramp), width=160, height=90)

    styled = drawn(Styled(scene, [reference(TEAL)], size=(160, 90), seen_at=0.0), time=0.0)

    light = styled.mean(axis=(0, 2))
    assert np.all(np.diff(light) > -1.5)
    assert light[-1] - light[0] > 90


def test_a_scene_in_its_own_colours_hardly_changes() -> None:
    own = drawn(a_scene()).astype(np.uint8)

    styled = drawn(Styled(a_scene(), [own], size=(160, 90), seen_at=2.0))

    assert np.abs(styled - own).mean() < 3


def test_where_nothing_of_it_is_there_the_frame_is_the_scenes_own() -> None:
    scene = Styled(a_scene(), [reference(ROSE)], size=(160, 90), seen_at=2.0, presence=lambda _: 0.0)

    assert np.array_equal(drawn(scene), drawn(a_scene()))


@pytest.mark.parametrize("size", [(160, 90), (301, 7), (5, 3)])
def test_c_and_numpy_change_colours_alike(size: tuple[int, int]) -> None:
    random = np.random.default_rng(2)
    frame = random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    weights = np.zeros((3, 10), np.float32)
    weights[:, 0], weights[:, 1:4] = -9, random.random((3, 3))
    weights[:, 4:] = random.normal(0, 6e-4, (3, 6))
    view = ToningView(
        of_red=weights[0].copy(),
        of_green=weights[1].copy(),
        of_blue=weights[2].copy(),
        dither=random.random((DITHER_SIDE, DITHER_SIDE)).astype(np.float32) - 0.5,
        dither_row=91,
        dither_column=200,
    )
    drawings = [kernels(), NumPyKernels()]

    frames = [frame.copy() for _ in drawings]
    for drawing, each in zip(drawings, frames, strict=True):
        drawing.named("toning", "tone_rows")(each, size[0], 0, size[1], view)

    assert np.abs(frames[0].astype(int) - frames[1]).max() <= 1
    assert not np.array_equal(frames[0], frame)
    assert terms(np.ones((2, 3), np.float32)).shape == (2, 10)
