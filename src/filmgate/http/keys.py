"""Who is calling: the key in the Authorization header."""

from starlette.requests import Request

from filmgate.domain.accounts import VIDEOS_API, Caller
from filmgate.domain.errors import KeyRefused
from filmgate.ports import AccountStore, Clock


class KeyCheck:
    """Finds the caller of a request."""

    def __init__(self, accounts: AccountStore, *, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock

    async def __call__(self, request: Request) -> Caller:
        """Return whom the request's key stands for.

        Raises:
            KeyRefused: there is no key, or it opens nothing (any more).
            KeyNotForThisAPI: the key is real but not for this API.
        """
        scheme, _, secret = request.headers.get("authorization", "").strip().partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise KeyRefused("An API key is needed: send the header `authorization: Bearer <key>`.")
        caller = await self._accounts.caller(secret, now=self._clock.now())
        caller.check_api(VIDEOS_API)
        return caller
