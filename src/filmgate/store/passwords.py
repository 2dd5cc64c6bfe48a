"""Passwords by Argon2id, in threads: one hash takes tens of milliseconds and 64 MiB."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4


class Argon2Passwords:
    """`ports.Passwords` with the parameters that RFC 9106 recommends for machines with little memory."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        # Whoever sends many passwords at once must not fill the memory with their hashes.
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._of_nobody = self._hasher.hash("nobody's password")

    async def hashed(self, password: str) -> str:
        """See the port."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """See the port."""
        async with self._room:
            matches = await asyncio.to_thread(self._matches, password, password_hash or self._of_nobody)
        return matches and password_hash is not None

    def _matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
