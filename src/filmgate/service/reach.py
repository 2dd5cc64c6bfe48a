"""Judging a request's URLs before anything is stored: what can never be reached is refused at once."""

from collections.abc import AsyncIterator

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileGone, FileUnknown, Objection
from filmgate.domain.requests import GenerationRequest, RemoteMedia, wire_field
from filmgate.domain.wording import shown
from filmgate.ports import OwnFiles, OwnInboxes, URLCheck


class Reach:
    """Knows which URLs are closed by their text alone; every other one is judged when it is fetched."""

    def __init__(self, *, check_url: URLCheck, own_files: OwnFiles, own_inboxes: OwnInboxes) -> None:
        self._check_url = check_url
        self._own_files = own_files
        self._own_inboxes = own_inboxes

    async def objections(
        self, request: GenerationRequest, *, callback_url: str | None, account_id: AccountId
    ) -> AsyncIterator[Objection]:
        """Yield what speaks against the URLs of pictures, videos and callback."""
        for name, media in request.media():
            if isinstance(media, RemoteMedia):
                words = self._check_url(media.url)
                if words is not None and not await self._is_own(media.url, account_id):
                    yield _objection(wire_field(name), media.url, words)
        if callback_url is not None and (words := await self._against_callback(callback_url)) is not None:
            yield _objection("callback_url", callback_url, words)

    async def _against_callback(self, url: str) -> str | None:
        """Say what speaks against posting there; to our own inboxes nothing does, wherever they lie."""
        try:
            is_own = await self._own_inboxes(url) is not None
        except FileUnknown:
            return "is not an inbox of this server"
        except FileGone:
            return "is an inbox that was revoked"
        return None if is_own else self._check_url(url)

    async def _is_own(self, url: str, account_id: AccountId) -> bool:
        """Say whether the URL is resolved inside, so that its address does not matter."""
        try:
            return await self._own_files(url, account_id=account_id) is not None
        except (FileGone, FileUnknown):
            # The fetch says which, as it does where a file goes after its task was accepted.
            return True


def _objection(field: str, url: str, words: str) -> Objection:
    where = shown(url)
    return Objection(field, where, f"{field}: {where} {words}.")
