"""Acquiring the service: an application, free credits and a first key, once."""

from dataclasses import dataclass

from filmgate.domain.accounts import AccountId, KeyTerms
from filmgate.ports import AccountStore, Clock, CreditStore

FIRST_KEY = "first key"


@dataclass(frozen=True, kw_only=True)
class Acquire:
    """Gives an account the videos API; `free_millicredits` are granted with it."""

    accounts: AccountStore
    credits: CreditStore
    clock: Clock
    free_millicredits: int

    async def __call__(self, account_id: AccountId) -> str | None:
        """Return the secret of the first key, or None where the account has the API already."""
        now = self.clock.now()
        if not await self.credits.acquire(account_id, millicredits=self.free_millicredits, now=now):
            return None
        _, secret = await self.accounts.create_key(KeyTerms(name=FIRST_KEY), account_id=account_id, now=now)
        return secret
