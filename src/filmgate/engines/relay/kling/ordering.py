"""Ordering a clip from the hosted Kling service, once and no more."""

from dataclasses import dataclass

import structlog

from filmgate.domain.errors import FilmgateError, NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.exchange import Unanswered, Unreached, UnreadableAnswer, busy_seconds
from filmgate.engines.relay.kling.answers import Job, read_job
from filmgate.engines.relay.kling.caller import Caller, Refused
from filmgate.engines.relay.kling.codes import Meaning
from filmgate.engines.relay.kling.orders import Kind, Order
from filmgate.engines.relay.pauses import pause

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# What the service says to a question for an id that it does not know, and to an id that it knows too well.
_NO_SUCH_ID = (1200, 1201, 1203)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """The pauses, in seconds, before something is asked once more.

    `busy`: an order that met a limit. `settling`: looking for an order whose answer was lost, which may
    still be on its way; after the last one it is made again, `n_orders` times in all. `silence`: a service
    that answers no question.
    """

    busy: tuple[float, ...] = (1, 4, 10)
    settling: tuple[float, ...] = (1, 3, 6)
    silence: tuple[float, ...] = (1, 2, 5, 10, 20, 40, 60, 60, 60, 60, 60, 60)
    n_orders: int = 3


class Ordering:
    """Makes orders, each under an id of ours that the service takes only once.

    Where it is not known what became of an order, the service is asked for that id before it is made again.
    """

    def __init__(self, caller: Caller, *, base_url: str, patience: Patience) -> None:
        self._caller = caller
        self._base_url = base_url
        self._patience = patience

    async def __call__(self, order: Order, *, external_id: str, may_exist: bool) -> Job:
        """Return the job that the service has taken, now or before.

        `may_exist` says that an earlier attempt may have made this order.

        Raises:
            NotAccepted, PolicyRefusal: the service did not take it.
            OutcomeUnknown: it may have, and does not tell.
        """
        if may_exist and (job := await self._known(order.kind, external_id)) is not None:
            return job
        for number in range(self._patience.n_orders):
            job = await self._create(order, was_lost=number > 0)
            if job is None:
                _log.warning("order unheard of", external_id=external_id, number=number + 1)
                job = await self._settled(order.kind, external_id)
            if job is not None:
                return job
        raise OutcomeUnknown()

    async def _create(self, order: Order, *, was_lost: bool) -> Job | None:
        """Return the job, or None where the service may or may not have taken the order."""
        busy = iter(self._patience.busy)
        while True:
            try:
                envelope = await self._caller.ask("POST", f"{self._base_url}{order.path}", body=order.body)
                return read_job(order.kind, envelope.data)
            except (Unanswered, UnreadableAnswer):
                return None
            except Unreached as error:
                if was_lost:
                    return None
                raise NotAccepted("The hosted Kling service cannot be reached.") from error
            except Refused as refusal:
                if refusal.meaning is Meaning.UNKNOWN:
                    return None
                if refusal.meaning is Meaning.WAIT and (seconds := next(busy, None)) is not None:
                    await pause(max(seconds, busy_seconds(refusal.retry_after)))
                    continue
                if was_lost and refusal.code in _NO_SUCH_ID:
                    # Most likely it is our own id that it knows by now, from the order that was lost.
                    return None
                raise verdict(refusal) from refusal

    async def _settled(self, kind: Kind, external_id: str) -> Job | None:
        for seconds in self._patience.settling:
            await pause(seconds)
            if (job := await self._known(kind, external_id)) is not None:
                return job
        return None

    async def _known(self, kind: Kind, external_id: str) -> Job | None:
        """Return the job of an id of ours, or None where the service says that it has none."""
        silence = iter(self._patience.silence)
        while True:
            try:
                return await find_job(self._caller, kind, base_url=self._base_url, external_id=external_id)
            except Refused as refusal:
                if refusal.code in _NO_SUCH_ID:
                    return None
                reason = f"code {refusal.code}"
            except (Unreached, Unanswered, UnreadableAnswer) as error:
                reason = str(error)
            _log.warning("no word of an order", external_id=external_id, reason=reason)
            if (seconds := next(silence, None)) is None:
                raise OutcomeUnknown()
            await pause(seconds)


async def find_job(
    caller: Caller, kind: Kind, *, base_url: str, job_id: str | None = None, external_id: str | None = None
) -> Job | None:
    """Ask for a job by its own id or by ours; None where the newer design knows of none.

    Raises:
        Unreached, Unanswered, Refused, UnreadableAnswer: as each says.
    """
    if kind.is_newer:
        query = {"task_ids": job_id} if job_id is not None else {"external_task_ids": external_id or ""}
        envelope = await caller.ask("GET", f"{base_url}/tasks", query=query)
    else:
        envelope = await caller.ask("GET", f"{base_url}/v1/videos/{kind}/{job_id or external_id}")
    return read_job(kind, envelope.data)


def verdict(refusal: Refused) -> FilmgateError:
    """Return the error that a refused order ends by, with the service's own words for the operator."""
    if refusal.meaning is Meaning.POLICY:
        return PolicyRefusal(refusal.known.sentence).quoting(refusal.code, str(refusal))
    is_for_good = refusal.meaning is not Meaning.WAIT
    fault = NotAccepted(_told(refusal), is_for_good=is_for_good, is_of_request=refusal.known.is_of_request)
    return fault.quoting(refusal.code, str(refusal))


def _told(refusal: Refused) -> str:
    """Return the sentence for the caller, who can mend a request only when the service's words are in it."""
    words = short_reason(str(refusal))
    return (
        f"{refusal.known.sentence} {words}".strip()
        if refusal.code in (1200, 1201)
        else refusal.known.sentence
    )
