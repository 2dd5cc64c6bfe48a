"""Handing a task on in our own dialect, once and no more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog

from filmgate.domain.errors import FilmgateError, NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.exchange import (
    Unanswered,
    Unreached,
    UnreadableAnswer,
    busy_seconds,
    exchange,
    retry_after_seconds,
)
from filmgate.engines.relay.filmgate.answers import (
    Fault,
    UpstreamTask,
    read_accepted,
    read_fault,
)
from filmgate.engines.relay.pauses import pause

# By the dialect's own table of errors; 401 and 403 are of the key and of its credits.
_OF_REQUEST = (400, 413)

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """The pauses, in seconds, before an order is repeated: where a limit was met, and where it was lost."""

    busy: tuple[float, ...] = (1, 4, 10)
    lost: tuple[float, ...] = (1, 3, 10, 30, 60, 60, 60)


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Makes orders at one upstream.

    A Filmgate answers a repeated `Idempotency-Key` with the task of the first order. The hosted service
    does not know that header: there, an order that was lost must not be repeated.
    """

    client: httpx.AsyncClient
    api_key: str = field(repr=False)
    is_hosted: bool
    patience: Patience

    async def __call__(
        self,
        base_url: str,
        body: Mapping[str, Any],
        *,
        key: str,
        was_lost: bool,
        is_wanted: Callable[[], bool],
    ) -> UpstreamTask:
        """Return the upstream's task, made now or before.

        `was_lost` says that an earlier order under the key may have been taken. What is not wanted any more
        is not ordered, unless to learn the name of what was: it may only be deleted by that.

        Raises:
            NotAccepted, PolicyRefusal: the upstream did not take it.
            OutcomeUnknown: it may have, and cannot be asked.
        """
        busy, lost = iter(self.patience.busy), iter(self.patience.lost)
        while True:
            if was_lost and self.is_hosted:
                raise OutcomeUnknown()
            if not was_lost and not is_wanted():
                raise NotAccepted("The task ended before it was ordered.")
            outcome = await self._order(base_url, body, key=key, was_lost=was_lost)
            if isinstance(outcome, UpstreamTask):
                return outcome
            if isinstance(outcome, _Busy):
                if (seconds := next(busy, None)) is None:
                    raise outcome.refusal
                await pause(max(seconds, outcome.seconds))
                continue
            was_lost = True
            _log.warning("order unheard of", key=key)
            if (seconds := next(lost, None)) is None:
                raise OutcomeUnknown()
            if not self.is_hosted:
                await pause(seconds)

    async def _order(
        self, base_url: str, body: Mapping[str, Any], *, key: str, was_lost: bool
    ) -> "UpstreamTask | _Busy | None":
        """Return the task, or that the upstream is busy, or None where it may or may not have heard."""
        headers = {"authorization": f"Bearer {self.api_key}", "idempotency-key": key}
        url = f"{base_url}/kling/videos"
        try:
            response = await exchange(self.client, "POST", url, headers=headers, body=body)
            if response.is_success:
                return read_accepted(response.content)
        except Unreached as error:
            if was_lost:
                return None
            raise NotAccepted("The upstream cannot be reached.") from error
        except (Unanswered, UnreadableAnswer):
            return None
        fault = read_fault(response.content)
        if response.status_code == 409:
            # The key was used for another body: something was ordered that we cannot ask for.
            raise OutcomeUnknown()
        if was_lost or not _took_nothing(response, fault):
            return None
        refusal = _refusal(fault, status=response.status_code)
        if response.status_code in (429, 503):
            return _Busy(refusal, busy_seconds(retry_after_seconds(response)))
        raise refusal


@dataclass(frozen=True)
class _Busy:
    """The upstream took nothing for the moment, and asks to be left alone for so many seconds."""

    refusal: FilmgateError
    seconds: float


def _took_nothing(response: httpx.Response, fault: Fault | None) -> bool:
    """Say whether the answer is a definite no; 503 is one only in the words of the dialect."""
    if response.status_code >= 500:
        return response.status_code == 503 and fault is not None and fault.code == "unavailable"
    return True


def _refusal(fault: Fault | None, *, status: int) -> FilmgateError:
    fault = fault or Fault(code=f"HTTP {status}", message="")
    sentence = f"The upstream refused the request: {short_reason(fault.message) or fault.code}"
    if fault.code == PolicyRefusal.code:
        return PolicyRefusal(sentence).quoting(fault.code, fault.message)
    refusal = NotAccepted(sentence, is_for_good=status not in (429, 503), is_of_request=status in _OF_REQUEST)
    return refusal.quoting(fault.code, fault.message)
