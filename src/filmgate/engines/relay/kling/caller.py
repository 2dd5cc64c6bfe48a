"""Asks the hosted Kling service, and tells what was refused from what may have arrived unheard."""

from collections.abc import Mapping
from typing import Any

import httpx

from filmgate.engines.relay.kling.answers import Envelope, UnreadableAnswer, read_envelope
from filmgate.engines.relay.kling.bearer import Bearer
from filmgate.engines.relay.kling.codes import Meaning, ServiceCode, service_code

# Nothing of a request has left this machine when one of these is raised.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Unreached(Exception):
    """The service was not reached at all: it cannot have taken anything."""


class Unanswered(Exception):
    """The request may have arrived; what became of it is not known."""


class Refused(Exception):
    """The service answered with a code of its own, or with a status that says no."""

    def __init__(
        self, code: int | None, message: str, *, known: ServiceCode, retry_after: float | None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.known = known
        self.retry_after = retry_after

    @property
    def meaning(self) -> Meaning:
        """What is to be done about it."""
        return self.known.meaning


class Caller:
    """Speaks to one account of the service."""

    def __init__(self, client: httpx.AsyncClient, *, bearer: Bearer) -> None:
        self._client = client
        self._bearer = bearer

    async def ask(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Envelope:
        """Return the envelope of an answer that is well.

        Raises:
            Unreached, Unanswered, Refused: as each says; an answer that cannot be read is `Unanswered`.
        """
        try:
            return await self._ask_once(method, url, body=body, query=query)
        except Refused as refusal:
            if refusal.meaning is not Meaning.SIGN_AGAIN:
                raise
            self._bearer.renew()
            return await self._ask_once(method, url, body=body, query=query)

    async def _ask_once(
        self, method: str, url: str, *, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> Envelope:
        headers = {"authorization": self._bearer.header()}
        try:
            response = await self._client.request(method, url, json=body, params=query, headers=headers)
        except _UNSENT as error:
            raise Unreached(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unanswered(type(error).__name__) from error
        try:
            envelope = read_envelope(response.content)
        except UnreadableAnswer as error:
            if response.is_success:
                raise Unanswered(str(error)) from error
            raise _refusal(None, f"HTTP {response.status_code}", response) from error
        if envelope.code != 0:
            raise _refusal(envelope.code, envelope.message or "", response)
        if not response.is_success:
            raise _refusal(None, f"HTTP {response.status_code}", response)
        return envelope


def _refusal(code: int | None, message: str, response: httpx.Response) -> Refused:
    written = response.headers.get("retry-after", "")
    return Refused(
        code,
        message,
        known=service_code(code, status=response.status_code),
        retry_after=float(written) if written.isascii() and written.isdigit() else None,
    )
