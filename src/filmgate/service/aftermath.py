"""What becomes of a task after an attempt that made no clip: tried again, passed on, or failed."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from filmgate.domain.errors import (
    EngineFailed,
    FilmgateError,
    OutcomeUnknown,
    RequestRefused,
    Unavailable,
)
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.secrecy import without_secrets
from filmgate.domain.tasks import Failure, Setback
from filmgate.domain.verdicts import Next, verdict
from filmgate.domain.wording import counted
from filmgate.ports import Claim, Clock, RenderQueue, Router, Scratch
from filmgate.service.insist import Insist

_log = structlog.get_logger(__name__)

Outcome = tuple[str, str | None]
"""How an attempt ended, in words for the log, and the code of what it failed by."""


@dataclass(frozen=True, kw_only=True)
class RenderRules:
    """How long and how often an attempt may be made, and when what failed for a moment is tried again.

    A task that no engine has taken for `accept_within` fails; until then the pauses between two rounds of
    asking grow from `retry_after` up to `longest_pause`.
    """

    time_limit: timedelta
    max_tries: int
    retry_after: timedelta
    accept_within: timedelta
    longest_pause: timedelta = timedelta(minutes=1)
    progress_every: timedelta = timedelta(seconds=1)


class Aftermath:
    """Decides it, and tells the queue."""

    def __init__(
        self, *, queue: RenderQueue, router: Router, scratch: Scratch, clock: Clock, rules: RenderRules
    ) -> None:
        self._queue = queue
        self._router = router
        self._scratch = scratch
        self._clock = clock
        self._rules = rules
        self._insist = Insist(every=rules.retry_after)

    async def end(self, claim: Claim, failure: Failure, *, setback: Setback | None = None) -> Outcome:
        """End the task."""
        await self._insist(lambda: self._queue.fail(claim, failure, setback=setback, now=self._clock.now()))
        return "failed", failure.code

    async def failed(
        self, claim: Claim, error: FilmgateError, *, request: GenerationRequest, spec: ModelSpec
    ) -> Outcome:
        """Do with the task what the error's verdict says."""
        match verdict(error).next:
            case Next.END:
                return await self._final(claim, error)
            case Next.AGAIN:
                return await self._broken(claim, error)
            case Next.ELSEWHERE:
                return await self.not_accepted(claim, error, request=request, spec=spec)
            case Next.LATER:
                return await self.wait(claim, reason=str(error))

    async def wait(self, claim: Claim, *, reason: str, after: timedelta = timedelta(0)) -> Outcome:
        """Leave the task to a later attempt, `after` so long at least, and do not count this one."""
        _log.warning("not rendered now", task_id=str(claim.task.task_id), reason=reason)
        delay = max(self._rules.retry_after, after)
        await self._insist(lambda: self._queue.hand_back(claim, after=delay, is_failure=False))
        return "to be tried again", Unavailable.code

    async def _final(self, claim: Claim, error: FilmgateError) -> Outcome:
        is_unknown = isinstance(error, OutcomeUnknown)
        if is_unknown:
            # An upstream may be making the clip; nobody orders it again but its caller.
            _log.error("outcome unknown", task_id=str(claim.task.task_id), engine=claim.task.engine)
        # What the caller's own words brought about is no setback, unless another server has said it.
        is_told = isinstance(error, RequestRefused) and error.upstream is None
        failure = Failure(error.code, without_secrets(str(error)), is_outcome_unknown=is_unknown)
        return await self.end(claim, failure, setback=None if is_told else self._setback(claim, error))

    async def _broken(self, claim: Claim, fault: FilmgateError) -> Outcome:
        """Try again, or end the task where it was tried often enough."""
        _log.warning("engine failed", task_id=str(claim.task.task_id), reason=str(fault))
        if not self._scratch.has_room():
            # A full disk breaks any engine, and is not the task's fault.
            return await self.wait(claim, reason=str(fault))
        setback = self._setback(claim, fault)
        if claim.task.tries >= self._rules.max_tries:
            told = _in_the_end(fault, tries=claim.task.tries)
            return await self.end(claim, Failure(fault.code, told), setback=setback)
        delay = self._rules.retry_after
        await self._insist(
            lambda: self._queue.hand_back(claim, after=delay, is_failure=True, setback=setback)
        )
        return "to be tried again", fault.code

    async def not_accepted(
        self,
        claim: Claim,
        fault: FilmgateError,
        *,
        request: GenerationRequest,
        spec: ModelSpec,
        pause: timedelta = timedelta(0),
    ) -> Outcome:
        """Pass the task on to the next engine of its route; when all have refused, ask them again later.

        `pause` is how long this engine is left alone at least.
        """
        task, now, setback = claim.task, self._clock.now(), self._setback(claim, fault)
        _log.warning("not accepted", task_id=str(task.task_id), engine=task.engine, reason=str(fault))
        source = await self._insist(lambda: self._queue.source_maker(claim))
        source_engine = None if source is None else source.engine
        choose = partial(self._router.next_choice, request, spec, source_engine=source_engine)
        delay, refused_by = timedelta(0), (*task.refused_by, task.engine)
        to = await self._insist(lambda: choose(refused_by=refused_by))
        if to is None:
            refused_for = now - (task.refused_since or now)
            able = self._router.able(request, spec, source_engine=source_engine)
            refused_for_good = {each.engine for each in (*task.setbacks, setback) if each.is_for_good}
            if refused_for_good.issuperset(able) or refused_for >= self._rules.accept_within:
                return await self.end(claim, Failure(fault.code, setback.reason), setback=setback)
            refused_by = tuple(name for name in able if name in refused_for_good)
            to = await self._insist(lambda: choose(refused_by=refused_by)) or task.engine
            # As long again as it has waited so far: the pauses double.
            delay = min(max(refused_for, self._rules.retry_after), self._rules.longest_pause)
            delay = max(delay, pause) if to == task.engine else delay
        passing = partial(
            self._queue.pass_on,
            claim,
            to=to,
            refused_by=refused_by,
            after=delay,
            setback=setback,
            now=now,
        )
        await self._insist(passing)
        return "to be tried again" if to == task.engine else "passed on", fault.code

    async def without_engine(self, claim: Claim, *, request: GenerationRequest, spec: ModelSpec) -> Outcome:
        """Give a task, whose engine is no longer configured, to another one; or end it by that reason."""
        task, now = claim.task, self._clock.now()
        if await self._insist(lambda: self._queue.is_expected(task.engine)):
            # A worker for it came between the last look for strays and this claim.
            return await self.wait(claim, reason=f'another worker has come for the engine "{task.engine}"')
        told = f'This server no longer has the engine "{task.engine}", which this task was given to'
        _log.warning("engine is missing", task_id=str(task.task_id), engine=task.engine)
        if task.resume_token is not None:
            # It was ordered there: anywhere else it would be made, and paid for, twice.
            return await self._lost(claim, f"{told}, and which had begun with it.", is_outcome_unknown=True)
        source = await self._insist(lambda: self._queue.source_maker(claim))
        source_engine = None if source is None else source.engine
        able = self._router.able(request, spec, source_engine=source_engine)
        if not able:
            return await self._lost(
                claim, f"{told}, and no other one on the route of {spec.model} can make it."
            )
        choose = partial(self._router.next_choice, request, spec, source_engine=source_engine)
        to = await self._insist(lambda: choose(refused_by=()))
        passing = partial(
            self._queue.pass_on,
            claim,
            to=to or able[0],
            refused_by=(),
            after=timedelta(0),
            setback=self._setback(claim, EngineFailed(f"{told}.")),
            now=now,
        )
        await self._insist(passing)
        return "passed on", EngineFailed.code

    async def _lost(self, claim: Claim, reason: str, *, is_outcome_unknown: bool = False) -> Outcome:
        failure = Failure(EngineFailed.code, reason, is_outcome_unknown=is_outcome_unknown)
        return await self.end(claim, failure, setback=self._setback(claim, EngineFailed(reason)))

    def _setback(self, claim: Claim, fault: FilmgateError) -> Setback:
        return Setback(
            attempt=claim.task.attempt,
            engine=claim.task.engine,
            at=self._clock.now(),
            reason=without_secrets(str(fault)),
            upstream=fault.upstream,
            is_for_good=isinstance(fault, EngineFailed) and fault.is_for_good,
        )


def _in_the_end(fault: FilmgateError, *, tries: int) -> str:
    told = without_secrets(str(fault))
    return told if tries == 1 else f"{told.removesuffix('.')}; the task was tried {counted(tries, 'time')}."
