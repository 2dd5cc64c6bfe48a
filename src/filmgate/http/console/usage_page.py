"""What was spent: by day, by model, line by line, and as a file for a spreadsheet."""

import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from filmgate.domain.accounts import AccountId, Usage
from filmgate.domain.wording import in_credits
from filmgate.http.console.ledger import ledger_page
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import page_router
from filmgate.http.console.visitors import Door
from filmgate.ports import Clock, CreditStore

SPANS = {7: "7 days", 30: "30 days", 90: "90 days"}
"""What may be looked at, by the number of days; the second is the usual one."""

_USUAL_SPAN = 30
_EXPORTED_AT_ONCE = 1000
_COLUMNS = ("entry", "created_at", "kind", "credits", "task_id", "note")


@dataclass(frozen=True)
class Bar:
    """A day in the chart: its place and its height as parts of the whole, both from 0 to 1."""

    day: date
    millicredits: int
    place: float
    height: float


@dataclass(frozen=True, kw_only=True)
class UsagePage:
    """The page of an account's credits."""

    door: Door
    pages: Pages
    credits: CreditStore
    clock: Clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/usage", self.usage, methods=["GET"])
        router.add_api_route("/usage.csv", self.export, methods=["GET"])
        return router

    async def usage(self, request: Request) -> Response:
        """Show what was spent."""
        visitor, session = await self.door.member(request)
        account_id = session.account.account_id
        asked = request.query_params.get("days", "")
        days = next((span for span in SPANS if str(span) == asked), _USUAL_SPAN)
        today = self.clock.now().date()
        first = today - timedelta(days=days - 1)
        found = await self.credits.usage(account_id, since=datetime.combine(first, time(), tzinfo=UTC))
        return self.pages.page(
            request,
            visitor,
            "usage.html",
            totals=await self.credits.totals(account_id),
            bars=bars(found, first=first, days=days),
            by_model=by_model(found),
            spent=sum(each.millicredits for each in found),
            ledger=await ledger_page(
                request,
                credits_=self.credits,
                account_id=account_id,
                place="/usage",
                beside={"days": str(days)},
            ),
            days=days,
            spans=SPANS,
        )

    async def export(self, request: Request) -> Response:
        """Send the whole ledger as CSV, newest line first."""
        _, session = await self.door.member(request)
        headers = {"content-disposition": 'attachment; filename="filmgate-usage.csv"'}
        lines = self._lines(session.account.account_id)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)

    async def _lines(self, account_id: AccountId) -> AsyncIterator[str]:
        yield _csv_line(_COLUMNS)
        before = None
        while found := await self.credits.entries(account_id, limit=_EXPORTED_AT_ONCE, before=before):
            for each in found:
                yield _csv_line(
                    (
                        each.entry_id,
                        each.created_at.isoformat(),
                        each.kind,
                        in_credits(each.millicredits),
                        each.task_id or "",
                        _as_text(each.note or ""),
                    )
                )
            before = found[-1].entry_id


def bars(found: Sequence[Usage], *, first: date, days: int) -> list[Bar]:
    """Return one bar for each day from the first on, the highest as high as the chart."""
    by_day: dict[date, int] = defaultdict(int)
    for each in found:
        by_day[each.day] += each.millicredits
    most = max(by_day.values(), default=0)
    span = [first + timedelta(days=number) for number in range(days)]
    return [
        Bar(day, by_day[day], number / days, by_day[day] / most if most else 0)
        for number, day in enumerate(span)
    ]


def by_model(found: Sequence[Usage]) -> Mapping[str, Usage]:
    """Return the sums of each model, the dearest first; `day` is the last one."""
    sums: dict[str, Usage] = {}
    for each in found:
        so_far = sums.get(each.model)
        sums[each.model] = each if so_far is None else _sum(so_far, each)
    return dict(sorted(sums.items(), key=lambda item: -item[1].millicredits))


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        day=max(one.day, other.day),
        model=one.model,
        n_succeeded=one.n_succeeded + other.n_succeeded,
        n_failed=one.n_failed + other.n_failed,
        seconds=one.seconds + other.seconds,
        millicredits=one.millicredits + other.millicredits,
    )


def _csv_line(values: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _as_text(note: str) -> str:
    # A spreadsheet takes what starts like this for a formula.
    return f"'{note}" if note.startswith(("=", "+", "-", "@", "\t", "\r")) else note
