"""Choosing the engine for a request: the first on the route that can honour it and has a living worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from filmgate.domain.errors import NotImplementedByEngine, Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.ports import Clock, Engine, RenderQueue


@dataclass(frozen=True)
class Route:
    """Models by shell-style patterns, and the engines that serve them, in order."""

    models: tuple[str, ...]
    engines: tuple[str, ...]

    def leads(self, model: str) -> bool:
        """Say whether this route serves the model."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)


class Routes:
    """`ports.Router` over a list of routes; the first that leads counts."""

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        engines: Mapping[str, Engine],
        queue: RenderQueue,
        clock: Clock,
        believe_for: timedelta,
    ) -> None:
        self._routes = tuple(routes)
        self._engines = engines
        self._queue = queue
        self._clock = clock
        self._believe_for = believe_for
        self._live: tuple[frozenset[str], datetime] | None = None

    async def choose(self, request: GenerationRequest, spec: ModelSpec) -> str:
        """See the port. With no living worker the first able engine takes it, and the task waits."""
        route = next((route for route in self._routes if route.leads(spec.model)), None)
        if route is None:
            message = f"model {spec.model} has no route on this server; its operator decides which have."
            raise NotImplementedByEngine([Objection("model", spec.model, message)])
        against: list[Objection] = []
        able: list[str] = []
        for name in route.engines:
            objections = list(self._engines[name].objections(request, spec))
            against += objections
            if not objections:
                able.append(name)
        if not able:
            raise NotImplementedByEngine(against)
        if len(able) == 1:
            return able[0]
        live = await self.live_engines()
        return next((name for name in able if name in live), able[0])

    async def live_engines(self) -> frozenset[str]:
        """Return the engines with a living worker, as of a moment ago."""
        now = self._clock.now()
        if self._live is None or now >= self._live[1]:
            self._live = (await self._queue.live_engines(), now + self._believe_for)
        return self._live[0]
