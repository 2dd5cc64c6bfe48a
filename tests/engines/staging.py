"""Scenes of every family, drawn small, without a clip around them."""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import read
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.scenes.setting import Setting
from filmgate.engines.animatic.stage import SCENES

Image = npt.NDArray[np.float32]
"""A grey frame; shape (height, width), 0 to 255."""

AT_REST = Pose()


@cache
def two_threads() -> Executor:
    """The threads that scenes of tests are drawn with."""
    return ThreadPoolExecutor(2, thread_name_prefix="scene")


class Staged:
    """A scene of a family in the mood of a prompt."""

    def __init__(
        self,
        family: Family,
        prompt: str,
        *,
        size: tuple[int, int] = (160, 90),
        seed: int = 7,
        threads: Executor | None = None,
        drawing: Kernels | None = None,
    ) -> None:
        self._size = size
        setting = Setting(
            mood=read(prompt).mood,
            width=size[0],
            height=size[1],
            seed=seed,
            threads=threads or two_threads(),
            kernels=drawing or kernels(),
        )
        self._scene = SCENES[family](setting)

    def at(self, time: float = 3.0, pose: Pose = AT_REST) -> RGBFrame:
        """Draw the moment as the camera at `pose` sees it."""
        width, height = self._size
        frame = np.zeros((height, width, 3), np.uint8)
        self._scene.draw(frame, time=time, pose=pose)
        return frame


def grey(frame: RGBFrame) -> Image:
    """Return the frame without its colours."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32)


def turned(image: Image, *, degrees: float) -> Image:
    """Return the image turned counter-clockwise around its middle."""
    height, width = image.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.float32)


def likeness(one: Image, other: Image) -> float:
    """Return the correlation of the middles of both, from -1 to 1."""
    height, width = one.shape
    middle = (slice(height // 4, -height // 4), slice(width // 4, -width // 4))
    return float(np.corrcoef(one[middle].ravel(), other[middle].ravel())[0, 1])
