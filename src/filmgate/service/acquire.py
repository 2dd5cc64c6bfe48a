"""Acquiring the service: an application, free credits and a first key, once."""

from dataclasses import dataclass

from filmgate.domain.accounts import AccountId, KeyTerms
from filmgate.ports import Clock, CreditStore

FIRST_KEY = "first key"


@dataclass(frozen=True, kw_only=True)
class Acquire:
    """Gives an account the videos API; `free_millicredits` are granted with it."""

    credits: CreditStore
    clock: Clock
    free_millicredits: int

    async def __call__(self, account_id: AccountId) -> str | None:
        """Return the secret of the first key, or None where the account has the API already."""
        return await self.credits.acquire(
            account_id,
            millicredits=self.free_millicredits,
            first_key=KeyTerms(name=FIRST_KEY),
            now=self.clock.now(),
        )
