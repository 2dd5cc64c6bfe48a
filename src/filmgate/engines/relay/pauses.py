"""How long to wait before asking again: never quite the same, so that many waiting tasks spread out."""

import asyncio
import random

LONGEST_SILENCE_SECONDS = 60.0


async def pause(seconds: float) -> None:
    """Wait about so long, a quarter more or less."""
    await asyncio.sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311 - chance, not secrecy.


class Rhythm:
    """When to ask for a job again: evenly while the upstream answers, ever more seldom while it does not."""

    def __init__(self, *, every_seconds: float) -> None:
        self._every = every_seconds
        self._seconds = every_seconds

    async def after_answer(self) -> None:
        """Wait as long as was set."""
        self._seconds = self._every
        await pause(self._seconds)

    async def after_silence(self, *, asked_seconds: float | None = None) -> None:
        """Wait twice as long as the last time, or as long as the upstream asks; a minute at most."""
        longest = max(LONGEST_SILENCE_SECONDS, self._every)
        self._seconds = min(self._seconds * 2, longest)
        await pause(max(self._seconds, min(asked_seconds or 0.0, longest)))
