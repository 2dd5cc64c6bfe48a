"""Choosing the engine for a request: the first on the route that can honour it, is served, and is well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from fractions import Fraction

from filmgate.domain.errors import NotImplementedByEngine, Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, GenerationRequest
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
        factors: Mapping[str, Fraction],
        queue: RenderQueue,
        clock: Clock,
        believe_for: timedelta,
    ) -> None:
        self._routes = tuple(routes)
        self._engines = engines
        self._factors = factors
        self._queue = queue
        self._clock = clock
        self._believe_for = believe_for
        self._live: tuple[Mapping[str, str | None], datetime] | None = None

    async def choose(self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None) -> str:
        """See the port. With no living worker the first able engine takes it, and the task waits."""
        route = self._route(spec.model)
        if route is None:
            message = f"model {spec.model} has no route on this server; its operator decides which have."
            raise NotImplementedByEngine([Objection("model", spec.model, message)])
        against: list[Objection] = []
        able: list[str] = []
        for name in route.engines:
            objections = list(self._objections(name, request, spec, source_engine=source_engine))
            against += objections
            if not objections:
                able.append(name)
        if not able:
            raise NotImplementedByEngine(against)
        if len(able) == 1:
            return able[0]
        return _best(able, live=await self._live_engines()) or able[0]

    async def next_choice(
        self,
        request: GenerationRequest,
        spec: ModelSpec,
        *,
        source_engine: str | None,
        refused_by: Sequence[str],
    ) -> str | None:
        """See the port."""
        able = self.able(request, spec, source_engine=source_engine)
        left = [name for name in able if name not in refused_by]
        # Asked afresh: what was known a moment ago led to the engine that refused.
        return _best(left, live=await self._queue.live_engines()) if left else None

    def able(
        self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None
    ) -> Sequence[str]:
        """See the port."""
        route = self._route(spec.model)
        return [
            name
            for name in (route.engines if route else ())
            if not any(self._objections(name, request, spec, source_engine=source_engine))
        ]

    def factor(self, engine: str) -> Fraction:
        """See the port; an engine that is not configured any more has the factor one."""
        return self._factors.get(engine, Fraction(1))

    def _route(self, model: str) -> Route | None:
        return next((route for route in self._routes if route.leads(model)), None)

    def _objections(
        self, name: str, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None
    ) -> Iterator[Objection]:
        engine = self._engines[name]
        yield from engine.objections(request, spec)
        if request.action is Action.EXTEND and engine.continues_only_its_own and source_engine != name:
            message = (
                f'video_id "{request.video_id}" was not made by the engine {name}, which can extend only its '
                "own videos."
            )
            yield Objection("video_id", request.video_id, message)

    async def _live_engines(self) -> Mapping[str, str | None]:
        """Return what is known of the engines with a living worker, as of a moment ago."""
        now = self._clock.now()
        if self._live is None or now >= self._live[1]:
            self._live = (await self._queue.live_engines(), now + self._believe_for)
        return self._live[0]


def _best(names: Sequence[str], *, live: Mapping[str, str | None]) -> str | None:
    """Return the first that a living worker finds well, else the first that one serves at all."""
    served = [name for name in names if name in live]
    return next((name for name in served if live[name] is None), served[0] if served else None)
