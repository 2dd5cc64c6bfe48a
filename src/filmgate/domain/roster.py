"""Engines as an operator's lists show them, on a terminal and on a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

NO_WORKER = "no worker"
WELL = "well"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A configured engine: `slots` for each worker, `factor` on the catalogue's price, and the patterns of
    the models whose routes lead to it.
    """

    name: str
    kind: str
    slots: int
    factor: Fraction
    models: tuple[str, ...]

    @property
    def price_words(self) -> str:
        """What it costs, as `x 1.5`."""
        return f"x {float(self.factor):g}"

    @property
    def model_words(self) -> str:
        """The patterns, or that there are none."""
        return ", ".join(self.models) or "none"


def health_words(engine: str, *, live: Mapping[str, str | None]) -> str:
    """Return how living workers find an engine; `live` are those they serve, with a reason where it ails."""
    if engine not in live:
        return NO_WORKER
    reason = live[engine]
    return WELL if reason is None else f"ails: {reason}"
