"""How the engines of a worker are: by what became of their jobs, and by asking them."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import structlog

from filmgate.domain.breakers import Breaker, BreakerRules
from filmgate.domain.errors import EngineFailed, OutcomeUnknown
from filmgate.ports import Clock, Engine

_log = structlog.get_logger(__name__)

_MAX_CHARACTERS = 200


class Health:
    """Tells which engines are ailing, and leaves one alone for a while that took no job or broke several."""

    def __init__(self, *, clock: Clock, rules: BreakerRules, answer_within: timedelta) -> None:
        self._clock = clock
        self._rules = rules
        self._answer_within = answer_within
        self._breakers: dict[str, Breaker] = {}
        self._complaints: dict[str, str] = {}

    def ailing(self) -> Mapping[str, str]:
        """Return the engines that would take no job now, each with the reason."""
        resting = {
            name: breaker.reason
            for name, breaker in self._breakers.items()
            if breaker.pause_left(now=self._clock.now())
        }
        return {name: _in_short(reason) for name, reason in (self._complaints | resting).items()}

    def pause(self, engine: str) -> timedelta:
        """Return zero where a job may be given to the engine now, else how long to leave it alone."""
        return self._breaker(engine).pause_left(now=self._clock.now())

    def reason(self, engine: str) -> str:
        """Return why the engine failed last; empty where it did not."""
        return self._breaker(engine).reason

    @contextmanager
    def job(self, engine: str) -> Iterator[None]:
        """A block in which the engine has a job, whose end is remembered; its errors pass."""
        self._breakers[engine] = self._breaker(engine).given()
        try:
            yield
        except (EngineFailed, OutcomeUnknown) as error:
            if isinstance(error, EngineFailed) and error.is_of_request:
                # One account's bad pictures must not close the engine to the others.
                self._breakers[engine] = self._breaker(engine).told_nothing()
            else:
                self._note_failure(engine, str(error))
            raise
        except BaseException:
            # A cancel, a caller's mistake or a store that is away says nothing of the engine.
            self._breakers[engine] = self._breaker(engine).told_nothing()
            raise
        else:
            self._breakers[engine] = self._breaker(engine).ended_well()

    def took(self, engine: str) -> None:
        """Remember that the engine has begun with its job."""
        if self._breaker(engine).is_probing:
            self._breakers[engine] = self._breaker(engine).took()

    async def look(self, engines: Mapping[str, Engine]) -> None:
        """Ask all these engines how they are, one beside the other."""
        complaints = await asyncio.gather(*(self._complaint(engine) for engine in engines.values()))
        known = {name: each for name, each in zip(engines, complaints, strict=True) if each is not None}
        for name in known.keys() ^ self._complaints.keys():
            event = "engine ails" if name in known else "engine is well"
            _log.warning(event, engine=name, reason=known.get(name))
        self._complaints = known

    async def _complaint(self, engine: Engine) -> str | None:
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                await engine.check()
        except EngineFailed as error:
            return str(error)
        except TimeoutError:
            return f"It does not answer within {self._answer_within.total_seconds():g} s."
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one engine, the others can work.
            _log.exception("check broke", engine=engine.name)
            return type(error).__name__
        return None

    def _note_failure(self, engine: str, reason: str) -> None:
        before, now = self._breaker(engine), self._clock.now()
        after = self._breakers[engine] = before.failed(reason, now=now)
        if after.rests_until is not None and after.rests_until != before.rests_until:
            pause = (after.rests_until - now).total_seconds()
            _log.warning("engine is left alone", engine=engine, seconds=pause, reason=reason)

    def _breaker(self, engine: str) -> Breaker:
        return self._breakers.get(engine) or Breaker(rules=self._rules)


def _in_short(reason: str) -> str:
    return "".join(each if each.isprintable() else " " for each in reason)[:_MAX_CHARACTERS]
