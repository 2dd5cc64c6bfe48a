"""Callbacks to inboxes of our own, which never take the way over the network."""

import asyncio
from datetime import datetime, timedelta
from string import punctuation
from urllib.parse import quote, urlsplit

from standardwebhooks.webhooks import EmptyWebhookSecretError

from filmgate.callbacks.sender import UNSIGNABLE, log_receipt, signed_headers
from filmgate.domain.callbacks import Delivery, Receipt
from filmgate.domain.errors import FileGone, FileUnknown, TooLarge, TooManyRequests, Unavailable
from filmgate.domain.inboxes import Arrival
from filmgate.ports import CallbackSender, InboxReceiver, OwnInboxes


class InsideSender:
    """A `CallbackSender` that hands over what is for our own inboxes, and passes on everything else.

    So nobody has to open private addresses for a server that is reached by one.
    """

    def __init__(
        self,
        outside: CallbackSender,
        *,
        own_inboxes: OwnInboxes,
        receive: InboxReceiver,
        user_agent: str = "Filmgate-Callback",
    ) -> None:
        self._outside = outside
        self._own_inboxes = own_inboxes
        self._receive = receive
        self._user_agent = user_agent

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        """As the port says; what an inbox would answer over HTTP is what the receipt says."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            secret = await self._own_inboxes(delivery.url)
            if secret is None:
                return await self._outside.send(delivery, body, now=now)
            try:
                arrival = self._arrival(delivery, body, now)
            except (ValueError, EmptyWebhookSecretError):
                return self._receipt(delivery, None, UNSIGNABLE, started=started)
            answer = await self._receive(secret, arrival)
            status, retry_after = int(answer), answer.retry_after
        except FileUnknown:
            status, retry_after = 404, None
        except FileGone:
            status, retry_after = 410, None
        except TooLarge:
            status, retry_after = 413, None
        except TooManyRequests as error:
            status, retry_after = 429, timedelta(seconds=error.retry_after_seconds)
        except Unavailable as error:
            return self._receipt(delivery, None, str(error), started=started)
        return self._receipt(delivery, status, f"answered {status}", started=started, retry_after=retry_after)

    def _arrival(self, delivery: Delivery, body: bytes, now: datetime) -> Arrival:
        parts = urlsplit(delivery.url)
        headers = {"host": parts.netloc, "content-length": str(len(body)), "user-agent": self._user_agent}
        return Arrival(
            query=quote(parts.query, safe=punctuation),
            headers=tuple((headers | signed_headers(delivery, body, now=now)).items()),
            body=body,
        )

    def _receipt(
        self,
        delivery: Delivery,
        status: int | None,
        reason: str,
        *,
        started: float,
        retry_after: timedelta | None = None,
    ) -> Receipt:
        elapsed = timedelta(seconds=asyncio.get_running_loop().time() - started)
        receipt = Receipt(status=status, reason=reason, elapsed=elapsed, retry_after=retry_after)
        log_receipt(delivery, receipt)
        return receipt
