"""The scene made of two pictures: what they share moves from its place in one to its place in the other."""

import cv2
import numpy as np

from filmgate.engines.animatic.camera import eased
from filmgate.engines.animatic.kernels.native import Kernels, kernels
from filmgate.engines.animatic.kernels.warp import Bytes, WarpPicture
from filmgate.engines.animatic.pictures.grading import Grading
from filmgate.engines.animatic.pictures.projector import Projector, Slide, warp_picture
from filmgate.engines.animatic.pictures.still import settled
from filmgate.engines.animatic.prompts.mood import Mood
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.textures import Floats
from filmgate.engines.picture import fit

# The flow is looked for in pictures of this long side, and may move nothing further than this share of it.
_LONG_SIDE = 480
_FURTHEST = 0.10
_SMOOTH = 5.0
# Pictures are alike if, half way, what remains of their difference is less than this share of it.
_LEAST_GAIN = 0.62
# Fine detail seldom matches exactly, nor does brightness; neither says that pictures are unlike.
_FINE, _BROAD = 1.2, 40.0

# Unlike pictures dissolve: each is at rest for this share of the time, and comes this much closer meanwhile.
_REST = 0.2
_CLOSER = 1.05


class Morph:
    """Goes from one picture to another in `seconds`; the first and the last frame are the pictures.

    Between pictures that are alike everything moves to its new place. Others dissolve: the first is
    approached a little while it fades, the second is left a little while it comes.
    """

    def __init__(
        self,
        start: RGBFrame,
        end: RGBFrame,
        *,
        width: int,
        height: int,
        seconds: float,
        mood: Mood | None = None,
        seed: int = 0,
        drawing: Kernels | None = None,
    ) -> None:
        """Fit both pictures to frames of this size, and find out what of the first is where in the second."""
        self._start, self._end = (fit(picture, width=width, height=height) for picture in (start, end))
        self._seconds = seconds
        self._projector = Projector(width=width, height=height, kernels=drawing or kernels())
        self._first, self._second = warp_picture(self._start), warp_picture(self._end)
        self._flow = Flow.between(self._start, self._end)
        self._grading = None
        if mood is not None:
            nodes = self._projector.x, self._projector.y
            self._grading = Grading(mood, self._start, nodes=nodes, height=height, seed=seed)

    @property
    def is_dissolve(self) -> bool:
        """Say whether the pictures are too unlike to move into each other."""
        return self._flow is None

    def draw(self, frame: RGBFrame, *, time: float, pose: Pose) -> None:  # noqa: ARG002 - the seam names them
        """Fill the frame. The camera stays where both pictures are whole; `pose` has no say."""
        share = min(max(time / self._seconds, 0.0), 1.0) if self._seconds > 0 else 1.0
        if share in (0.0, 1.0):
            np.copyto(frame, self._end if share else self._start)
            return
        first, second, weight = self._moved(share) if self._flow is not None else self._closer(share)
        lighting = None
        if self._grading is not None:
            come = settled(time) * settled(self._seconds - time)
            lighting = self._grading.at(time, share=come, relief=np.zeros_like(self._projector.x))
        self._projector.project(
            frame, first, second, share=weight, lighting=lighting, number=round(time * 240)
        )

    def _moved(self, share: float) -> tuple[Slide, Slide, float]:
        assert self._flow is not None, "unlike pictures are not moved"
        way, (rows, columns) = eased(share), self._start.shape[:2]
        (u, v), (u_second, v_second) = self._flow.places(
            way, x=self._projector.x / columns, y=self._projector.y / rows
        )
        first = Slide(picture=self._first, u=u * columns, v=v * rows)
        second = Slide(picture=self._second, u=u_second * columns, v=v_second * rows)
        return first, second, way * way * (3 - 2 * way)

    def _closer(self, share: float) -> tuple[Slide, Slide, float]:
        way = eased(share)
        first, second = (
            self._zoomed(picture, _CLOSER**power)
            for picture, power in ((self._first, way), (self._second, 1 - way))
        )
        return first, second, eased((share - _REST) / (1 - 2 * _REST))

    def _zoomed(self, picture: WarpPicture, closer: float) -> Slide:
        middle_x, middle_y = (picture["width"] - 1) / 2, (picture["height"] - 1) / 2
        return Slide(
            picture=picture,
            u=middle_x + (self._projector.x - middle_x) / closer,
            v=middle_y + (self._projector.y - middle_y) / closer,
        )


class Flow:
    """Where the parts of one picture are in another, and the other way round.

    `there` and `back` have the shape (rows, columns, 2): how far to the right and down, as shares of the
    picture's width and height.
    """

    def __init__(self, *, there: Floats, back: Floats) -> None:
        self._there, self._back = there, back

    @classmethod
    def between(cls, start: RGBFrame, end: RGBFrame) -> "Flow | None":
        """Find the flow between two pictures of one size; None where they are too unlike."""
        greys = [_small_grey(picture) for picture in (start, end)]
        finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        finder.setFinestScale(1)
        there, back = (
            _smooth(np.asarray(finder.calc(one, other, np.zeros((*one.shape, 2), np.float32)), np.float32))
            for one, other in (greys, reversed(greys))
        )
        flow = cls(there=there, back=back)
        return flow if flow._remains_between(*greys) < _LEAST_GAIN else None

    def places(
        self, way: float, *, x: Floats, y: Floats
    ) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return where points come from in the first and in the second picture.

        The moment is `way` between them, from 0 to 1.

        All coordinates are shares of width and height.
        """
        return _back_along(self._there, x, y, share=way), _back_along(self._back, x, y, share=1 - way)

    def _remains_between(self, one: Bytes, other: Bytes) -> float:
        """Return which share of the pictures' difference is left half way."""
        rows, columns = one.shape
        x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        first, second = (
            cv2.remap(
                _details(grey), u * columns, v * rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            for grey, (u, v) in zip((one, other), self.places(0.5, x=x / columns, y=y / rows), strict=True)
        )
        before = np.abs(_details(one) - _details(other)).mean()
        return float(np.abs(first - second).mean() / (before + 0.1))


def _small_grey(picture: RGBFrame) -> Bytes:
    rows, columns = picture.shape[:2]
    scale = _LONG_SIDE / max(rows, columns)
    size = (max(16, round(columns * scale)), max(16, round(rows * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.cvtColor(cv2.resize(picture, size, interpolation=how), cv2.COLOR_RGB2GRAY), np.uint8
    )


def _smooth(flow: Floats) -> Floats:
    """Return the flow without jumps and nowhere too far, as shares of width and height."""
    rows, columns = flow.shape[:2]
    calm = np.dstack([cv2.medianBlur(np.ascontiguousarray(flow[:, :, part]), 5) for part in (0, 1)])
    calm = cv2.GaussianBlur(calm, (0, 0), _SMOOTH)
    far = np.hypot(calm[:, :, 0], calm[:, :, 1])[:, :, None]
    furthest = _FURTHEST * columns
    calm *= np.minimum(1, furthest / np.maximum(far, 1e-6))
    return np.asarray(calm / (columns, rows), np.float32)


def _back_along(flow: Floats, x: Floats, y: Floats, *, share: float) -> tuple[Floats, Floats]:
    """Return from where a `share` of the flow leads to each point; all in shares of width and height."""
    rows, columns = flow.shape[:2]
    from_x, from_y = x, y
    # Where the flow hardly changes from place to place, a few rounds settle on where it came from.
    for _ in range(3):
        moved = cv2.remap(
            flow,
            from_x * columns - 0.5,
            from_y * rows - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        from_x, from_y = x - share * moved[:, :, 0], y - share * moved[:, :, 1]
    return from_x, from_y


def _details(grey: Bytes) -> Floats:
    """Return what is neither fine detail nor broad brightness."""
    values = grey.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _FINE) - cv2.GaussianBlur(values, (0, 0), _BROAD))
