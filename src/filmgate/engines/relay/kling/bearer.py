"""Who is asking the hosted Kling service: an API key, or a token signed with an access key's secret."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import jwt

_LIFETIME_SECONDS = 1800
_LEEWAY_SECONDS = 5
# A request may wait for a connection, and the clocks of two machines are never the same.
_SIGN_AGAIN_BEFORE_SECONDS = 300


class Bearer(Protocol):
    """Writes what stands in the `authorization` header."""

    def header(self) -> str:
        """Return the header's value, good for the next minutes."""
        ...

    def renew(self) -> None:
        """Forget a token that the service found to be out of its time."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """What must be in no log and no record, besides the header itself."""
        ...


@dataclass(frozen=True)
class APIKey:
    """A key that is sent as it is."""

    key: str = field(repr=False)

    def header(self) -> str:
        """See `Bearer`."""
        return f"Bearer {self.key}"

    def renew(self) -> None:
        """Nothing of it runs out."""

    @property
    def secrets(self) -> Sequence[str]:
        """See `Bearer`."""
        return (self.key,)


class SignedBearer:
    """A JSON Web Token (HS256) of an access key, signed anew before it runs out."""

    def __init__(self, access_key: str, secret_key: str, *, now: Callable[[], float] = time.time) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._now = now
        self._token = ""
        self._sign_again_at = 0.0

    def header(self) -> str:
        """See `Bearer`; a poll that goes on for hours signs again and again."""
        now = self._now()
        if not self._token or now >= self._sign_again_at:
            claims = {
                "iss": self._access_key,
                "exp": int(now) + _LIFETIME_SECONDS,
                "nbf": int(now) - _LEEWAY_SECONDS,
            }
            self._token = jwt.encode(claims, self._secret_key, algorithm="HS256")
            self._sign_again_at = now + _LIFETIME_SECONDS - _SIGN_AGAIN_BEFORE_SECONDS
        return f"Bearer {self._token}"

    def renew(self) -> None:
        """See `Bearer`."""
        self._token = ""

    @property
    def secrets(self) -> Sequence[str]:
        """See `Bearer`."""
        return self._access_key, self._secret_key
