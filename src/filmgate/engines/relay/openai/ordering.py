"""Makes one order at a server that knows no names of ours: taken, refused, or unknown for good."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import structlog

from filmgate.domain.errors import NotAccepted, OutcomeUnknown
from filmgate.engines.relay.exchange import Unanswered, Unreached, UnreadableAnswer, exchange
from filmgate.engines.relay.openai.answers import Job, read_job
from filmgate.engines.relay.openai.orders import Order
from filmgate.engines.relay.openai.refusals import refusal

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Makes orders over a client that uses no connection twice."""

    client: httpx.AsyncClient
    headers: Mapping[str, str]

    async def __call__(self, url: str, order: Order) -> Job:
        """Return the job that the server has taken.

        Raises:
            NotAccepted, PolicyRefusal: it took nothing.
            OutcomeUnknown: it may have, and cannot be asked.
        """
        try:
            response = await exchange(
                self.client, "POST", url, headers=self.headers, body=order.body, form=order.form
            )
        except Unreached as error:
            raise NotAccepted("The upstream cannot be reached.") from error
        except Unanswered as error:
            _log.error("order unheard of", reason=str(error))
            raise OutcomeUnknown() from error
        if not response.is_success:
            raise refusal(response.status_code, response.content)
        return _accepted(response)


def _accepted(response: httpx.Response) -> Job:
    try:
        return read_job(response.content)
    except UnreadableAnswer as error:
        # It said yes, in words from which no job can be found again.
        raise OutcomeUnknown().quoting(f"HTTP {response.status_code}", str(error)) from error
