"""Frames between frames, by optical flow."""

import cv2
import numpy as np
import numpy.typing as npt

from filmgate.engines.colour import RGBFrame

_Flow = npt.NDArray[np.float32]
"""Shape (height, width, 2): how far each pixel moves, right and down, in pixels."""
_Grey = npt.NDArray[np.uint8]

# Below this the estimator's patches do not fit into the picture.
_LEAST_SIDE = 32


class Between:
    """Two neighbouring frames and the motion from each to the other."""

    def __init__(self, before: RGBFrame, after: RGBFrame) -> None:
        self._before, self._after = before, after
        grey = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8) for frame in (before, after)]
        self._there, self._back = _flow(grey[0], grey[1]), _flow(grey[1], grey[0])
        rows, columns = grey[0].shape
        self._grid = np.dstack(np.meshgrid(np.arange(columns), np.arange(rows))).astype(np.float32)

    def at(self, share: float) -> RGBFrame:
        """Return the frame at this share of the way, in (0, 1).

        The motion at that moment is put together from both flows as in Super SloMo (Jiang et al., 2018,
        equation 4), which keeps moving edges in one place; both frames are pulled along it and mixed.
        """
        rest = 1 - share
        to_before = -rest * share * self._there + share * share * self._back
        to_after = rest * rest * self._there - share * rest * self._back
        pulled = [_pulled(self._before, self._grid + to_before), _pulled(self._after, self._grid + to_after)]
        return np.asarray(cv2.addWeighted(pulled[0], rest, pulled[1], share, 0), dtype=np.uint8)


def _pulled(frame: RGBFrame, places: _Flow) -> RGBFrame:
    rightward, downward = np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])
    pulled = cv2.remap(frame, rightward, downward, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(pulled, dtype=np.uint8)


def _flow(before: _Grey, after: _Grey) -> _Flow:
    still = np.zeros((*before.shape, 2), dtype=np.float32)
    if min(before.shape) < _LEAST_SIDE:
        return still
    estimate = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(estimate.calc(before, after, still), dtype=np.float32)
