"""How the engines of a worker are: by what became of their jobs, and by asking them."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import structlog

from filmgate.domain.accounts import AccountId
from filmgate.domain.breakers import Breaker, BreakerRules
from filmgate.domain.errors import EngineFailed
from filmgate.domain.verdicts import Blame, verdict
from filmgate.ports import Clock, Engine

_log = structlog.get_logger(__name__)

_MAX_CHARACTERS = 200


_Patient = tuple[str, AccountId | None]
"""An engine, as everybody finds it, or as one account does."""


class Health:
    """Tells which engines are ailing, and leaves one alone for a while that took no job or broke several.

    Where a task or the engine may be to blame, the engine is left alone by that task's account; to the
    others it counts once for each account, so that nobody's tasks alone can close it to them.
    """

    def __init__(self, *, clock: Clock, rules: BreakerRules, answer_within: timedelta) -> None:
        self._clock = clock
        self._rules = rules
        self._answer_within = answer_within
        self._breakers: dict[_Patient, Breaker] = {}
        self._witnesses: dict[str, set[AccountId]] = {}
        self._complaints: dict[str, str] = {}

    def ailing(self) -> Mapping[str, str]:
        """Return the engines that would take no job now, each with the reason."""
        resting = {
            name: breaker.reason
            for (name, account_id), breaker in self._breakers.items()
            if account_id is None and breaker.pause_left(now=self._clock.now())
        }
        return {name: _in_short(reason) for name, reason in (self._complaints | resting).items()}

    def pause(self, engine: str, *, account_id: AccountId) -> timedelta:
        """Return zero where a job of the account may be given to it now, else how long to leave it alone."""
        now = self._clock.now()
        return max(self._breaker(each).pause_left(now=now) for each in _both(engine, account_id))

    def reason(self, engine: str, *, account_id: AccountId) -> str:
        """Return why the engine failed last for the account, or for all; empty where it did not."""
        return self._breaker((engine, None)).reason or self._breaker((engine, account_id)).reason

    @contextmanager
    def job(self, engine: str, *, account_id: AccountId) -> Iterator[None]:
        """A block in which the engine has a job, whose end is remembered; its errors pass."""
        for each in _both(engine, account_id):
            self._keep(each, self._breaker(each).given())
        try:
            yield
        except BaseException as error:
            self._note(engine, verdict(error).blame, str(error), account_id=account_id)
            raise
        else:
            for each in _both(engine, account_id):
                self._breakers.pop(each, None)
            self._witnesses.pop(engine, None)

    def took(self, engine: str, *, account_id: AccountId) -> None:
        """Remember that the engine has begun with its job."""
        for each in _both(engine, account_id):
            if self._breaker(each).is_probing:
                self._keep(each, self._breaker(each).took())

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

    def _note(self, engine: str, blame: Blame, reason: str, *, account_id: AccountId) -> None:
        everybody, account = _both(engine, account_id)
        if blame is Blame.EITHER:
            self._note_failure(account, reason)
            witnesses = self._witnesses.setdefault(engine, set())
            if account_id not in witnesses or self._breaker(everybody).is_probing:
                witnesses.add(account_id)
                self._note_failure(everybody, reason)
            return
        self._keep(account, self._breaker(account).told_nothing())
        if blame is Blame.ENGINE:
            self._note_failure(everybody, reason)
        else:
            # One account's bad pictures must not close the engine to the others.
            self._keep(everybody, self._breaker(everybody).told_nothing())

    def _note_failure(self, patient: _Patient, reason: str) -> None:
        before, now = self._breaker(patient), self._clock.now()
        after = before.failed(reason, now=now)
        self._keep(patient, after)
        if after.rests_until is not None and after.rests_until != before.rests_until:
            engine, account_id = patient
            _log.warning(
                "engine is left alone",
                engine=engine,
                by="everybody" if account_id is None else str(account_id),
                seconds=(after.rests_until - now).total_seconds(),
                reason=reason,
            )

    def _keep(self, patient: _Patient, breaker: Breaker) -> None:
        # There may be as many as accounts, and most have nothing to remember.
        if breaker.n_failures:
            self._breakers[patient] = breaker
        else:
            self._breakers.pop(patient, None)

    def _breaker(self, patient: _Patient) -> Breaker:
        return self._breakers.get(patient) or Breaker(rules=self._rules)


def _both(engine: str, account_id: AccountId) -> tuple[_Patient, _Patient]:
    return (engine, None), (engine, account_id)


def _in_short(reason: str) -> str:
    return "".join(each if each.isprintable() else " " for each in reason)[:_MAX_CHARACTERS]
