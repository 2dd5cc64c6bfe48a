"""The scene made of one picture: the camera moves over it, and what is near moves more than what is far."""

from dataclasses import dataclass, replace
from math import sin, tau

import cv2
import numpy as np

from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.kernels.warp import WarpPicture
from filmgate.engines.animatic.pictures.grading import Grading
from filmgate.engines.animatic.pictures.lens import Lens, Matrix
from filmgate.engines.animatic.pictures.projector import Projector, Slide, warp_picture
from filmgate.engines.animatic.pictures.relief import relief_of
from filmgate.engines.animatic.pictures.surroundings import reach, with_surroundings
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import fit

# The texture is finer than the frame: sampled linearly, a texture of the frame's own size would blur
# every frame but the first. Where the picture itself is coarser, so much is not needed.
_FINENESS = 1.5

# By which share the camera's way seems longer or shorter before what is nearest and farthest.
_DEPTH = 0.25
# How far the near and the far swing against each other when nothing else moves, as a share of the width;
# and in how many seconds.
_SWAY, _SWAY_SECONDS = 0.0045, 7.0
# Whatever changes a picture comes about in this time, so that the first frame is the picture.
_SETTLING_SECONDS = 1.0

# A point this far behind the camera's plane is seen nowhere; without a bound its place would be infinite.
_LEAST_FORWARD = 1e-3


class Still:
    """A picture the camera moves over; at rest and at time 0 it fills the frame exactly.

    Sideways, turning and rolling moves come closer just enough that no edge shows. Moves that must show
    more than there is (backwards, wider) reveal the picture's own mirrored surroundings, out of focus.
    """

    def __init__(
        self,
        picture: RGBFrame,
        *,
        width: int,
        height: int,
        mood: Mood | None = None,
        sways: bool = False,
        seed: int = 0,
        until: float | None = None,
        drawing: Kernels | None = None,
    ) -> None:
        """Prepare the picture for frames of this size.

        With a mood it is lit by it, and by light that is never quite still; where it `sways`, what is near
        and what is far swing a little. At the time `until`, if given, it is as it was once more.
        """
        self._until = until
        self._lens = Lens(width=width, height=height)
        self._resting = fit(picture, width=width, height=height)
        self._projector = Projector(width=width, height=height, kernels=drawing or kernels())
        self._fine = _Texture.of(_finely_fitted(picture, width=width, height=height), fitted=(width, height))
        self._wide: _Texture | None = None
        self._relief = relief_of(self._resting)
        self._sway = _SWAY * width if sways else 0.0
        self._grading = None
        if mood is not None:
            nodes = self._projector.x, self._projector.y
            self._grading = Grading(mood, self._resting, nodes=nodes, height=height, seed=seed)

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:
        """Fill the frame."""
        share = settled(time) if self._until is None else settled(time) * settled(self._until - time)
        at_rest = pose == Pose()
        if at_rest and (share == 0 or (not self._sway and self._grading is None)):
            np.copyto(frame, self._resting)
            return
        covering = self._lens.covering(pose)
        to_view = self._lens.homography(covering)
        x, y = self._seen(to_view)
        relief = self._relief_at(x, y)
        near_x, near_y = self._parallax(covering)
        swing = self._sway * share * sin(tau * time / _SWAY_SECONDS)
        rise = 0.3 * self._sway * share * sin(tau * time / _SWAY_SECONDS * 1.37)
        texture = self._texture_for(to_view)
        slide = texture.slide(x + relief * (near_x + swing), y + relief * (near_y + rise))
        lighting = self._grading.at(time, share=share, relief=relief) if self._grading else None
        self._projector.project(frame, slide, lighting=lighting, number=round(time * 240))

    def _seen(self, to_view: Matrix) -> tuple[Floats, Floats]:
        """Return which pixels of the resting view the nodes show."""
        (a, b, c), (d, e, f), (g, h, i) = np.linalg.inv(to_view)
        x, y = self._projector.x, self._projector.y
        forward = np.maximum(g * x + h * y + i, _LEAST_FORWARD)
        return (
            np.asarray((a * x + b * y + c) / forward, np.float32),
            np.asarray((d * x + e * y + f) / forward, np.float32),
        )

    def _parallax(self, pose: Pose) -> tuple[Floats | float, Floats | float]:
        """Return how many pixels of the resting view lie between the nearest things and the middle ones."""
        if not (pose.right or pose.up or pose.forward):
            return 0.0, 0.0
        near, far = (
            self._seen(
                self._lens.homography(
                    replace(pose, right=pose.right * more, up=pose.up * more, forward=pose.forward * more)
                )
            )
            for more in (1 + _DEPTH, 1 - _DEPTH)
        )
        half = np.float32(0.5)
        return half * (near[0] - far[0]), half * (near[1] - far[1])

    def _relief_at(self, x: Floats, y: Floats) -> Floats:
        rows, columns = self._relief.shape
        across, down = columns / self._lens.width, rows / self._lens.height
        u, v = (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5
        return np.asarray(cv2.remap(self._relief, u, v, cv2.INTER_LINEAR, borderValue=0), np.float32)

    def _texture_for(self, to_view: Matrix) -> "_Texture":
        if self._lens.shows_only_picture(to_view):
            return self._fine
        if self._wide is None:
            self._wide = self._fine.surrounded()
        return self._wide


def settled(time: float) -> float:
    """Return how much of what changes a picture has come about after so many seconds, from 0 to 1."""
    share = min(max(time / _SETTLING_SECONDS, 0.0), 1.0)
    return share * share * share * (10 - 15 * share + 6 * share * share)


@dataclass(frozen=True, kw_only=True)
class _Texture:
    """A picture to sample, `scale` texels to a pixel of the resting view, which begins at `left`, `top`."""

    sampled: WarpPicture
    scale: tuple[float, float]
    left: int = 0
    top: int = 0

    @classmethod
    def of(cls, picture: RGBFrame, *, fitted: tuple[int, int]) -> "_Texture":
        rows, columns = picture.shape[:2]
        scale = columns / fitted[0], rows / fitted[1]
        return cls(sampled=warp_picture(picture), scale=scale)

    def surrounded(self) -> "_Texture":
        rows, columns = self.sampled["height"], self.sampled["width"]
        channels = self.sampled["texels"].view(np.uint8).reshape(rows, columns, 4)
        picture = np.asarray(cv2.cvtColor(channels, cv2.COLOR_RGBA2RGB), np.uint8)
        left, top = reach(picture)
        return replace(self, sampled=warp_picture(with_surroundings(picture)), left=left, top=top)

    def slide(self, x: Floats, y: Floats) -> Slide:
        """Return the slide that shows these pixels of the resting view."""
        across, down = self.scale
        # Pixels are at the middles of their squares, so a change of scale moves them by a fraction.
        u, v = (x + 0.5) * across - 0.5 + self.left, (y + 0.5) * down - 0.5 + self.top
        return Slide(picture=self.sampled, u=u, v=v)


def _finely_fitted(picture: RGBFrame, *, width: int, height: int) -> RGBFrame:
    rows, columns = picture.shape[:2]
    finer = min(columns / width, rows / height)
    fineness = _FINENESS * min(max(finer, 1 / _FINENESS), 1.0)
    return fit(picture, width=round(width * fineness), height=round(height * fineness))
