"""How long each stage of a render took, and how much memory."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stages:
    """Sums up the seconds of stages by their names, and counts steps."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._steps: list[float] = []
        self._run_began = 0.0
        self._n_steps = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A block that is a stage."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._seconds[name] += time.monotonic() - began

    @contextmanager
    def run(self) -> Iterator[None]:
        """A block that is one run of the model; its steps part it into stages."""
        self._run_began, self._steps = time.monotonic(), []
        yield
        ended = time.monotonic()
        if not self._steps:
            return
        first, last = self._steps[0], self._steps[-1]
        self._n_steps += len(self._steps) - 1
        self._seconds["until_first_step"] += first - self._run_began
        self._seconds["further_steps"] += last - first
        self._seconds["decode"] += ended - last

    def step(self) -> None:
        """Note that a step of the run has ended."""
        self._steps.append(time.monotonic())

    def told(self) -> Mapping[str, object]:
        """Say it for the record; a step's seconds leave out the first of each run, with what precedes it."""
        steps = self._seconds.get("further_steps", 0.0)
        return {
            "seconds": {name: round(seconds, 3) for name, seconds in self._seconds.items()},
            "seconds_per_step": round(steps / self._n_steps, 4) if self._n_steps else None,
        }
