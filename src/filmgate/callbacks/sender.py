"""Posting one callback, signed as the Standard Webhooks specification says."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import structlog
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from filmgate.domain.callbacks import Delivery, Receipt

_DRAIN_BYTES = 4096
_MAX_REASON_CHARACTERS = 200
_NO_URL = "is not an http:// or https:// URL with a host name"

UNSIGNABLE = "could not be signed: a callback secret of the account is unusable"
"""The reason of a receipt for what was never sent."""

_log = structlog.get_logger(__name__)


class SignedSender:
    """A `CallbackSender` on an HTTP client, which decides what may be reached.

    Redirects are not followed: a 3xx is an answer that did not accept. Headers are `webhook-id`,
    `webhook-timestamp` and `webhook-signature`.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        time_limit: timedelta = timedelta(seconds=15),
        drain_limit: timedelta = timedelta(seconds=1),
        user_agent: str = "Filmgate-Callback",
    ) -> None:
        """Take a client that the caller closes.

        `time_limit` covers everything from resolving the name to the answer's last header, `drain_limit`
        the reading of the answer's body, which is dropped.
        """
        self._client = client
        self._time_limit = time_limit
        self._drain_limit = drain_limit
        self._user_agent = user_agent

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        """As the port says; `now` is the signed time, and what a `Retry-After` date is measured from."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        status, reason, retry_after = await self._post(delivery, body, now)
        receipt = Receipt(
            status=status,
            reason=reason[:_MAX_REASON_CHARACTERS],
            elapsed=timedelta(seconds=loop.time() - started),
            retry_after=retry_after,
        )
        log_receipt(delivery, receipt)
        return receipt

    async def _post(
        self, delivery: Delivery, body: bytes, now: datetime
    ) -> tuple[int | None, str, timedelta | None]:
        """Return the status, the reason, and how long the receiver asks us to wait."""
        try:
            headers = signed_headers(delivery, body, now=now) | {"user-agent": self._user_agent}
        except (ValueError, EmptyWebhookSecretError):
            return None, UNSIGNABLE, None
        try:
            request = self._client.build_request("POST", delivery.url, content=body, headers=headers)
            async with asyncio.timeout(self._time_limit.total_seconds()):
                response = await self._client.send(request, stream=True, follow_redirects=False)
        except TimeoutError:
            return None, f"did not answer within {self._time_limit.total_seconds():g} s", None
        except (httpx.InvalidURL, UnicodeError):
            return None, _NO_URL, None
        except httpx.HTTPError as error:
            return None, _in_words(error), None
        await _drain(response, self._drain_limit)
        asked = response.headers.get("retry-after")
        return response.status_code, f"answered {response.status_code}", retry_after(asked, now=now)


def log_receipt(delivery: Delivery, receipt: Receipt) -> None:
    """Tell the log what became of a post, without the secrets that its URL may carry."""
    # An operator who looks for trouble should find the receivers that do not take what is theirs.
    log = _log.info if receipt.is_accepted else _log.warning
    log(
        "callback posted" if receipt.is_accepted else "callback not taken",
        delivery_id=str(delivery.delivery_id),
        task_id=str(delivery.task_id),
        host=_host(delivery.url),
        status=receipt.status,
        reason=receipt.reason,
        elapsed_ms=round(receipt.elapsed.total_seconds() * 1000),
    )


def signed_headers(delivery: Delivery, body: bytes, *, now: datetime) -> dict[str, str]:
    """Return the headers of one post; every secret signs `id.timestamp.body`, the newest first.

    Raises:
        ValueError, EmptyWebhookSecretError: there is no secret, or one is not `whsec_` and base64.
    """
    if not delivery.secrets:
        raise ValueError("A delivery without a secret cannot be signed.")
    message_id = str(delivery.delivery_id)
    sent_at = now.astimezone(UTC)
    text = body.decode("utf-8")
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(message_id, sent_at, text) for secret in delivery.secrets
        ),
    }


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header, seconds or an HTTP date; None where it is absent, past or unreadable."""
    if value is None:
        return None
    written = value.strip()
    if written.isascii() and written.isdigit():
        # Nine digits are thirty years; longer numbers are no answer to "when".
        return timedelta(seconds=int(written)) if len(written) <= 9 else None
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment - now if moment > now else None


async def _drain(response: httpx.Response, limit: timedelta) -> None:
    """Let a short answer end, so that its connection can be used again; the answer's text is dropped."""
    n_bytes = 0
    try:
        async with asyncio.timeout(limit.total_seconds()):
            async for chunk in response.aiter_raw():
                n_bytes += len(chunk)
                if n_bytes > _DRAIN_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        # The status is the answer; a body that never ends changes nothing about it.
        return
    finally:
        await response.aclose()


def _in_words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError) and str(error):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return "did not accept a connection in time"
    if isinstance(error, httpx.UnsupportedProtocol):
        return _NO_URL
    if isinstance(error, httpx.RemoteProtocolError):
        return "broke off, or answered something that is not HTTP"
    return "broke off before it answered"


def _host(url: str) -> str:
    """Return the host alone: paths and queries of callback URLs often carry secrets."""
    try:
        return httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        return "unreadable"
