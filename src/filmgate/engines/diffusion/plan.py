"""Plans how a clip comes about: what the model films, and what is done to that until it is what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.diffusion.profile import Native, Profile


@dataclass(frozen=True)
class Window:
    """One run of the model: its frames, and how many of them repeat what came before."""

    n_frames: int
    context: int

    @property
    def n_fresh(self) -> int:
        """How many frames it adds."""
        return self.n_frames - self.context


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole chain.

    The model's frames, one after another and `rate` a second, are the reel. It begins with the last frame of
    the source where `continues`, and the clip then begins after that. Where the clip `lands` on a given
    picture, its frames are spread evenly up to the reel's last one.
    """

    shape: ClipShape
    n_frames: int
    width: int
    height: int
    rate: Fraction
    windows: tuple[Window, ...]
    continues: bool
    lands: bool

    @property
    def n_reel(self) -> int:
        """How many frames the reel has."""
        return sum(window.n_fresh for window in self.windows) + self.continues

    @property
    def interpolation(self) -> Fraction:
        """How many frames the clip has for each of the model's."""
        return self.shape.fps / self.rate

    @property
    def upscale(self) -> float:
        """How much larger the model's picture is shown."""
        return max(self.shape.width / self.width, self.shape.height / self.height, 1.0)

    def place(self, number: int) -> Fraction:
        """Return where on the reel, in frames from its first, the clip's frame of this number is."""
        if self.lands:
            return Fraction(number * (self.n_reel - 1), max(1, self.n_frames - 1))
        return (number + self.continues) * self.rate / self.shape.fps

    def told(self) -> Mapping[str, Any]:
        """Say for the record what was rendered and what was made of it."""
        shape, is_native_rate = self.shape, self.shape.fps == self.rate and not self.lands
        return {
            "rendered": {
                "width": self.width,
                "height": self.height,
                "fps": float(self.rate),
                "windows": [window.n_frames for window in self.windows],
                "repeated": [window.context for window in self.windows],
            },
            "interpolated": None
            if is_native_rate
            else {"from_fps": float(self.rate), "to_fps": float(shape.fps), "by": "optical flow"},
            "upscaled": None
            if self.upscale == 1
            else {"factor": round(self.upscale, 3), "by": "cubic filter"},
            "trimmed": {"width": shape.width, "height": shape.height, "frames": self.n_frames},
        }


def plan(
    profile: Profile, *, shape: ClipShape, seconds: int, continues: bool = False, lands: bool = False
) -> Plan:
    """Return the chain for a clip, or a continuation, of so many seconds; see `Plan`.

    The model films at its size grid at or above what is asked for, made smaller only as far as its largest
    short side demands. Whether the profile allows all this is for `limits.reach` to say.
    """
    native = profile.native
    scale = max(Fraction(1), Fraction(min(shape.width, shape.height), native.short_side))
    n_frames = round(shape.fps * seconds)
    rate = native.rate_for(shape.fps)
    last = (n_frames - 1 + continues) * rate / shape.fps
    return Plan(
        shape=shape,
        n_frames=n_frames,
        width=_on_grid(shape.width / scale, native.size_grid),
        height=_on_grid(shape.height / scale, native.size_grid),
        rate=rate,
        windows=_windows(native, n_fresh=ceil(last) + 1 - continues, continues=continues),
        continues=continues,
        lands=lands,
    )


def _windows(native: Native, *, n_fresh: int, continues: bool) -> tuple[Window, ...]:
    windows: list[Window] = []
    while n_fresh > 0:
        context = native.context if windows or continues else 0
        n_frames = min(native.window, native.on_frame_grid(n_fresh + context))
        windows.append(Window(n_frames, context))
        n_fresh -= n_frames - context
    return tuple(windows)


def _on_grid(length: Fraction, grid: int) -> int:
    return ceil(length / grid) * grid
