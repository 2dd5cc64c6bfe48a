"""Caches as data: which of them a model takes, and how much work each may leave out."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from filmgate.engines.diffusion.setup import Cache

_Threshold = Annotated[float, Field(gt=0)]
_Interval = Annotated[int, Field(ge=2)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FirstBlock(_Table):
    """Leaves out a step's blocks but the first where that one changes by less than `threshold`, a share."""

    threshold: _Threshold = 0.05


class Mag(_Table):
    """Leaves out a step's blocks where what they add is known to stay alike (MagCache).

    `ratios` say for each network how much that grows from step to step; without them they are measured over
    a small film while the model is loaded. `threshold` is how far errors may add up, over `in_a_row` steps at
    most and after the first `whole`, a share of all.
    """

    threshold: _Threshold = 0.06
    in_a_row: Annotated[int, Field(ge=1)] = 3
    whole: Annotated[float, Field(ge=0, le=1)] = 0.2
    ratios: tuple[tuple[float, ...], ...] | None = None


class TaylorSeer(_Table):
    """Computes every so many steps after the first `whole` ones, and extrapolates between."""

    every: _Interval = 5
    whole: Annotated[int, Field(ge=1)] = 3


class PyramidAttention(_Table):
    """Computes attention every so many steps `between` two times, which run from 1000 down to 0 (PAB)."""

    every: _Interval = 2
    between: tuple[int, int] = (100, 800)


class Faster(_Table):
    """Computes attention every so many steps after a time, and extrapolates between (FasterCache)."""

    every: _Interval = 2
    below: int = 681


WITH_THRESHOLD: tuple[Cache, ...] = ("first_block", "mag")
"""Those that leave out work where less changes than a threshold."""


class Caches(_Table):
    """Those that a model takes, by the names that `cache` in `filmgate.toml` knows."""

    first_block: FirstBlock | None = None
    taylorseer: TaylorSeer | None = None
    mag: Mag | None = None
    pab: PyramidAttention | None = None
    faster: Faster | None = None

    @property
    def names(self) -> tuple[Cache, ...]:
        """Their names, and `none`."""
        known: tuple[Cache, ...] = ("first_block", "taylorseer", "mag", "pab", "faster")
        return ("none", *(name for name in known if getattr(self, name) is not None))

    def within(self, threshold: float | None) -> "Caches":
        """Return them with the operator's threshold, where there is one, in those that have any."""
        changed: dict[str, Any] = {
            name: cache.model_copy(update={"threshold": threshold})
            for name in WITH_THRESHOLD
            if threshold is not None and (cache := getattr(self, name)) is not None
        }
        return self.model_copy(update=changed)
