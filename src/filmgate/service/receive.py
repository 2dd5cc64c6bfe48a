"""Taking what is posted to a callback inbox, whether it comes over HTTP or from our own deliveries."""

import re
from urllib.parse import urlsplit

from filmgate.domain.errors import FileGone, FileUnknown
from filmgate.domain.inboxes import INBOX_SECRET, Arrival, Inbox, InboxAnswer
from filmgate.ports import AccountStore, Clock, InboxStore, SignatureCheck

_PLACE = "/inbox/"
_PATH = re.compile(rf"/+inbox/+({INBOX_SECRET.pattern})/*")


class Receive:
    """`ports.InboxReceiver`: keeps an arrival with what the check of its signature found."""

    def __init__(
        self, *, inboxes: InboxStore, accounts: AccountStore, check: SignatureCheck, clock: Clock
    ) -> None:
        self._inboxes = inboxes
        self._accounts = accounts
        self._check = check
        self._clock = clock

    async def __call__(self, secret: str, arrival: Arrival) -> InboxAnswer:
        """See the port."""
        inbox = await open_inbox(self._inboxes, secret)
        arrival.check_size()
        secrets = await self._accounts.webhook_secrets(account_id=inbox.account_id)
        return await self._inboxes.receive(
            inbox.inbox_id, arrival, verdict=self._check(arrival, secrets), now=self._clock.now()
        )


class FindOwnInbox:
    """`ports.OwnInboxes` by the secrets of our inboxes."""

    def __init__(self, inboxes: InboxStore, *, public_url: str | None) -> None:
        self._inboxes = inboxes
        self._public_url = public_url

    async def __call__(self, url: str) -> str | None:
        """See the port.

        A secret cannot be guessed, so the secret alone tells that a URL is ours, by whatever origin its
        caller reaches us.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        found = _PATH.fullmatch(parts.path)
        is_ours = self._public_url is not None and url.startswith(f"{self._public_url}{_PLACE}")
        if found is None and not is_ours:
            return None
        try:
            return (await open_inbox(self._inboxes, "" if found is None else found[1])).secret
        except FileUnknown:
            if is_ours:
                raise
            return None


async def open_inbox(inboxes: InboxStore, secret: str) -> Inbox:
    """Return the inbox with this secret.

    Raises:
        FileUnknown: there never was one.
        FileGone: it was revoked.
    """
    inbox = await inboxes.inbox_of(secret) if INBOX_SECRET.fullmatch(secret) else None
    if inbox is None:
        raise FileUnknown("There is no such inbox.")
    if inbox.revoked_at is not None:
        raise FileGone("This inbox was revoked.")
    return inbox
