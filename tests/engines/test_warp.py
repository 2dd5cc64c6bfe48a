"""The kernel of pictures: both of its versions draw the same, and neither leaves the pictures."""

from typing import Any

import numpy as np
import pytest

from filmgate.engines.animatic.kernels.native import Kernels, NumPyKernels, kernels
from filmgate.engines.animatic.pictures.morph import Morph
from filmgate.engines.animatic.pictures.projector import Lighting, Projector, Slide, warp_picture
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame, Scene
from tests.engines.filming import texture


def drawn(scene: Scene, *, size: tuple[int, int], pose: Pose) -> RGBFrame:
    """Draw the moment after two seconds."""
    frame = np.empty((size[1], size[0], 3), dtype=np.uint8)
    scene.draw(frame, time=2, pose=pose)
    return frame


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (131, 77), (66, 66)])
@pytest.mark.parametrize("prompt", ["a house", "heavy rain and fog", "snow at night"])
def test_c_and_numpy_draw_the_same_still(size: tuple[int, int], prompt: str) -> None:
    picture, pose = texture(width=300, height=200), Pose(right=2, roll=0.2, focal=0.8)
    mood = read(prompt).mood

    compiled, plain = (
        drawn(
            Still(picture, width=size[0], height=size[1], mood=mood, sways=True, drawing=drawing),
            size=size,
            pose=pose,
        ).astype(int)
        for drawing in (kernels(), NumPyKernels())
    )

    assert np.abs(compiled - plain).max() <= 3
    assert np.abs(compiled - plain).mean() < 0.3


def test_c_and_numpy_draw_the_same_morph() -> None:
    one, other = (texture(width=160, height=90, seed=seed) for seed in (1, 2))

    def morph(drawing: Kernels) -> RGBFrame:
        scene = Morph(one, other, width=160, height=90, seconds=4, mood=read("rain").mood, drawing=drawing)
        return drawn(scene, size=(160, 90), pose=Pose())

    compiled, plain = morph(kernels()).astype(int), morph(NumPyKernels()).astype(int)

    assert np.abs(compiled - plain).max() <= 3


@pytest.mark.parametrize("drawing", [kernels(), NumPyKernels()])
@pytest.mark.parametrize("far", [-1e6, -3.0, 1e6])
def test_places_outside_a_picture_show_its_edge(drawing: Kernels, far: float) -> None:
    picture = texture(width=40, height=30)
    picture[:, 0], picture[:, -1] = 10, 240
    projector = Projector(width=50, height=40, kernels=drawing)
    slide = Slide(picture=warp_picture(picture), u=projector.x * 0 + far, v=projector.y * 0 + 3)
    frame = np.empty((40, 50, 3), dtype=np.uint8)

    projector.project(frame, slide)

    assert np.abs(frame.astype(int) - (10 if far < 0 else 240)).max() <= 6


@pytest.mark.parametrize("drawing", [kernels(), NumPyKernels()])
def test_light_beyond_white_and_black_stays_there(drawing: Kernels) -> None:
    projector = Projector(width=32, height=16, kernels=drawing)
    slide = Slide(picture=warp_picture(texture(width=32, height=16)), u=projector.x, v=projector.y)
    frames: list[Any] = []

    for veil in (-900.0, 900.0):
        lighting = Lighting(gain=np.ones((1, 3, 1), np.float32), veil=np.full((1, 3, 1), veil, np.float32))
        frames.append(np.empty((16, 32, 3), dtype=np.uint8))
        projector.project(frames[-1], slide, lighting=lighting)

    assert np.all(frames[0] == 0)
    assert np.all(frames[1] == 255)
