"""Tasks of engines that are no longer configured: told of, and after a while taken from them."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog

from filmgate.domain.errors import Unavailable
from filmgate.ports import Census, Clock

_log = structlog.get_logger(__name__)


class Strays:
    """Knows the engines that tasks wait for, and that neither `filmgate.toml` nor a living worker has.

    What this worker serves says nothing here: `configured` are all engines of the file. Others count by what
    they are there for: one that still loads its model, or has no room on its disk, takes no tasks, and theirs
    are no strays for that. While files differ, as they do from the first machine that gets a new one to the
    last, the `grace` protects the tasks.
    """

    def __init__(
        self, *, census: Census, configured: Collection[str], clock: Clock, grace: timedelta
    ) -> None:
        self._census = census
        self._configured = configured
        self._clock = clock
        self._grace = grace
        self._missed_since: dict[str, datetime] = {}

    async def look(self) -> None:
        """Look for them. While the store is away nobody knows who lives, and the grace begins again."""
        now = self._clock.now()
        try:
            figures = await self._census.figures(now=now)
        except Unavailable:
            self._missed_since = {}
            return
        waiting: Counter[str] = Counter()
        for each in figures.open:
            if each.engine not in self._configured and each.engine not in figures.expected:
                waiting[each.engine] += each.n_tasks
        for engine in waiting.keys() - self._missed_since.keys():
            _log.warning(
                "tasks wait for an engine that filmgate.toml has not; they will go elsewhere, or fail",
                engine=engine,
                n_tasks=waiting[engine],
                after_seconds=self._grace.total_seconds(),
            )
        self._missed_since = {engine: self._missed_since.get(engine, now) for engine in waiting}

    def due(self) -> Sequence[str]:
        """Return those that were missed for as long as the grace is."""
        now = self._clock.now()
        return [engine for engine, since in self._missed_since.items() if now - since >= self._grace]
