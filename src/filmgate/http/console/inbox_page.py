"""The callback inbox: URLs to give away, and what arrives there, newest first and live."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import AccountId
from filmgate.domain.entrance import Session
from filmgate.domain.errors import FileUnknown, InvalidRequest, Objection
from filmgate.domain.inboxes import INBOX_SECRET, Inbox, InboxAnswer, InboxEntry, InboxId, Verdict
from filmgate.domain.tasks import TaskId
from filmgate.http.console.listing import uuid_or_none
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import page_router, see
from filmgate.http.console.visitors import Door, Visitor
from filmgate.http.origins import Origins
from filmgate.ports import AccountStore, Clock, InboxStore, TaskStore

_PAGE = 20
_MOST_SHOWN = 2000
_LONGEST_INDENTED = 16_384
_MOST_NESTED = 100
_MOST_HEADERS = 40
_LONGEST_HEADER = 500
_MOST_DIGITS = 18

ANSWERS = {
    InboxAnswer.TAKEN: "200, taken",
    InboxAnswer.BROKEN: "500, try again",
    InboxAnswer.BUSY: "503, try again after 30 s",
    InboxAnswer.GONE: "410, never again",
}
"""What an inbox may answer."""

VERDICTS = {
    Verdict.SIGNED: ("good", "signed by this server"),
    Verdict.STALE: ("bad", "signature is out of time"),
    Verdict.MISFIT: ("bad", "signature does not fit"),
    Verdict.UNSIGNED: ("", "not signed"),
}
"""The class of a badge and its words."""

OVERLAPS = {"1": "for another day", "7": "for another 7 days", "": "no more, at once"}
"""How long the old secret signs beside a new one, by the number of days."""


@dataclass(frozen=True, kw_only=True)
class ShownEntry:
    """An entry as the page shows it. `text` is the start of its body; `task_id` is a task of the account."""

    entry: InboxEntry
    message_id: str
    headers: Sequence[tuple[str, str]]
    text: str
    is_cut: bool
    task_id: TaskId | None


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """The pages of callback inboxes, and of the secret that signs callbacks."""

    door: Door
    pages: Pages
    inboxes: InboxStore
    accounts: AccountStore
    tasks: TaskStore
    origins: Origins
    clock: Clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/inbox", self.inbox, methods=["GET"])
        router.add_api_route("/inbox", self.create, methods=["POST"])
        router.add_api_route("/inbox/{secret}", self.find, methods=["GET"])
        router.add_api_route("/inbox/entries/{number}", self.body, methods=["GET"])
        router.add_api_route("/inbox/secret/rotate", self.rotate, methods=["POST"])
        router.add_api_route("/inbox/{inbox_id}/answer", self.answer, methods=["POST"])
        router.add_api_route("/inbox/{inbox_id}/revoke", self.revoke, methods=["POST"])
        return router

    async def inbox(self, request: Request) -> Response:
        """Show the inboxes and what arrived."""
        visitor, session = await self.door.member(request)
        asked = request.query_params
        named = uuid_or_none(asked.get("inbox", ""))
        before = asked.get("before", "")[:_MOST_DIGITS]
        return await self._page(
            request,
            visitor,
            session,
            only=None if named is None else InboxId(named),
            before=int(before) if before.isdecimal() else None,
            notice=asked.get("done", ""),
        )

    async def create(self, request: Request) -> Response:
        """Make an inbox."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        await self.inboxes.create(account_id=session.account.account_id, now=self.clock.now())
        return see("/inbox")

    async def find(self, request: Request, secret: str) -> Response:
        """Lead an owner who opens the inbox's own URL in a browser to what it received."""
        _, session = await self.door.member(request)
        inbox = await self.inboxes.inbox_of(secret) if INBOX_SECRET.fullmatch(secret) else None
        if inbox is None or inbox.revoked_at or inbox.account_id != session.account.account_id:
            raise FileUnknown("There is no such inbox.")
        return see(f"/inbox?inbox={inbox.inbox_id}")

    async def body(self, request: Request, number: str) -> Response:
        """Answer with a body byte for byte, which no browser may take for a page."""
        _, session = await self.door.member(request)
        entry = None
        if number.isdecimal() and len(number) <= _MOST_DIGITS:
            entry = await self.inboxes.entry(
                int(number), account_id=session.account.account_id, now=self.clock.now()
            )
        if entry is None:
            raise FileUnknown("There is no such entry.")
        headers = {
            "content-type": "text/plain; charset=utf-8",
            "content-security-policy": "sandbox",
            "cache-control": "no-store",
        }
        return Response(entry.arrival.body, headers=headers)

    async def answer(self, request: Request, inbox_id: UUID) -> Response:
        """Choose what an inbox answers."""
        visitor, session = await self.door.member(request)
        fields = await self.door.form(request, visitor)
        chosen = next((each for each in ANSWERS if fields.get("answer") == str(each.value)), None)
        if chosen is None:
            message = "Please choose one of the answers in the list."
            raise InvalidRequest([Objection("answer", fields.get("answer"), message)])
        if not await self.inboxes.choose_answer(
            InboxId(inbox_id), chosen, account_id=session.account.account_id
        ):
            raise FileUnknown("There is no such inbox.")
        return see("/inbox")

    async def revoke(self, request: Request, inbox_id: UUID) -> Response:
        """Close an inbox for good."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        if not await self.inboxes.revoke(
            InboxId(inbox_id), account_id=session.account.account_id, now=self.clock.now()
        ):
            raise FileUnknown("There is no such inbox.")
        return see("/inbox?done=revoked")

    async def rotate(self, request: Request) -> Response:
        """Make a new secret for callbacks; the old one signs beside it for as long as was chosen."""
        visitor, session = await self.door.member(request)
        fields = await self.door.form(request, visitor)
        days = fields.get("days")
        if days not in OVERLAPS:
            raise InvalidRequest([Objection("days", days, "Please choose one of the times in the list.")])
        await self.accounts.rotate_webhook_secret(
            account_id=session.account.account_id, keep_old_for=timedelta(days=int(days)) if days else None
        )
        return see("/inbox?done=rotated")

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        session: Session,
        *,
        only: InboxId | None,
        before: int | None,
        notice: str,
    ) -> Response:
        account_id = session.account.account_id
        found = await self.inboxes.entries(
            account_id=account_id, limit=_PAGE + 1, now=self.clock.now(), inbox_id=only, before=before
        )
        shown = found[:_PAGE]
        inboxes = await self.inboxes.inboxes(account_id=account_id)
        named = await self._own_tasks(shown, account_id)
        return self.pages.page(
            request,
            visitor,
            "inbox.html",
            inboxes={inbox.inbox_id: (inbox, self._url(request, inbox)) for inbox in inboxes},
            only=only,
            before=before,
            entries=[shown_entry(each, task_id=named.get(each.number)) for each in shown],
            older=_older_link(only, shown[-1].number) if len(found) > _PAGE else None,
            answers=ANSWERS,
            verdicts=VERDICTS,
            secrets=await self.accounts.webhook_secrets(account_id=account_id),
            overlaps=OVERLAPS,
            notice=notice,
        )

    def _url(self, request: Request, inbox: Inbox) -> str:
        return f"{self.origins.of(request)}/inbox/{inbox.secret}"

    async def _own_tasks(self, entries: Iterable[InboxEntry], account_id: AccountId) -> Mapping[int, TaskId]:
        """Return the task that each entry names, by the entry's number, where it is the account's own."""
        named = {each.number: task_id for each in entries if (task_id := _named_task(each.arrival.body))}
        found = await self.tasks.tasks(list(set(named.values())), account_id=account_id)
        own = {task.task_id for task in found}
        return {number: task_id for number, task_id in named.items() if task_id in own}


def shown_entry(entry: InboxEntry, *, task_id: TaskId | None) -> ShownEntry:
    """Return an entry as it is shown, with a link to the task where there is one."""
    text = readable(entry.arrival.body)
    return ShownEntry(
        entry=entry,
        message_id=_cut(entry.arrival.by_name().get("webhook-id", ""), _LONGEST_HEADER),
        headers=[
            (_cut(name, _LONGEST_HEADER), _cut(value, _LONGEST_HEADER))
            for name, value in entry.arrival.headers[:_MOST_HEADERS]
        ],
        text=text[:_MOST_SHOWN],
        is_cut=len(text) > _MOST_SHOWN or len(entry.arrival.headers) > _MOST_HEADERS,
        task_id=task_id,
    )


def readable(body: bytes) -> str:
    """Return a body as text: indented where it is a little JSON, bytes that are no UTF-8 as `\\xff`."""
    text = body.decode("utf-8", "backslashreplace")
    # Indenting multiplies what is deep and long, and a stranger may have sent it; a callback is neither.
    if len(text) > _LONGEST_INDENTED or text.count("[") + text.count("{") > _MOST_NESTED:
        return text
    try:
        pretty = json.dumps(json.loads(text, object_pairs_hook=_all_pairs), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    # Half a surrogate pair, which JSON can escape, is written to no page.
    return pretty.encode("utf-8", "backslashreplace").decode()


def _all_pairs(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    """Return an object's fields, unless one is there twice: indenting would lose it."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("A field is there twice.")
    return fields


def _named_task(body: bytes) -> TaskId | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    written = told.get("task_id") if isinstance(told, dict) else None
    named = uuid_or_none(written) if isinstance(written, str) else None
    return None if named is None else TaskId(named)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _older_link(only: InboxId | None, before: int) -> str:
    return f"/inbox?{urlencode({'before': before} | ({'inbox': only} if only else {}))}"
