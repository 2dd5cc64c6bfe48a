"""Asks the hosted Kling service, and tells what was refused from what may have arrived unheard."""

from collections.abc import Mapping
from typing import Any

import httpx

from filmgate.engines.relay.exchange import Unanswered, UnreadableAnswer, exchange, retry_after_seconds
from filmgate.engines.relay.kling.answers import Envelope, read_envelope
from filmgate.engines.relay.kling.bearer import Bearer
from filmgate.engines.relay.kling.codes import Meaning, ServiceCode, service_code


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
        response = await exchange(
            self._client,
            method,
            url,
            headers=headers,
            body=body,
            query=query,
            secrets=self._bearer.secrets,
        )
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
    return Refused(
        code,
        message,
        known=service_code(code, status=response.status_code),
        retry_after=retry_after_seconds(response),
    )
