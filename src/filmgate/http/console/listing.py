"""A page of a long list, newest first, with the links to those beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

CURSORS = ("older_than", "newer_than")
"""What the query of a page calls the row that the page is next to."""

Row = TypeVar("Row")
RowFound = TypeVar("RowFound", covariant=True)


class Find(Protocol[RowFound]):
    """Looks rows up, newest first: the first ones, or those next to a row."""

    async def __call__(
        self, *, limit: int, older_than: UUID | None, newer_than: UUID | None
    ) -> Sequence[RowFound]:
        """Return so many rows at most."""
        ...


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """The rows of a page, and the links to the pages beside it where there are such."""

    rows: Sequence[Row]
    newer: str | None
    older: str | None


async def listing(
    request: Request, find: Find[Row], *, most: int, key: Callable[[Row], UUID]
) -> Listing[Row]:
    """Return the page that the query asks for; the first one where it says nothing sensible."""
    older_than, newer_than = (uuid_or_none(request.query_params.get(name, "")) for name in CURSORS)
    found = await find(limit=most + 1, older_than=older_than, newer_than=newer_than)
    if newer_than and len(found) <= most:
        # Here the list begins: its first page is shown whole.
        older_than = newer_than = None
        found = await find(limit=most + 1, older_than=None, newer_than=None)
    is_more = len(found) > most
    rows = found[-most:] if newer_than else found[:most]
    has_older = rows and (is_more or newer_than)
    has_newer = is_more if newer_than else older_than
    first = key(rows[0]) if rows else None
    return Listing(
        rows=rows,
        newer=_link(request, newer_than=first) if has_newer else None,
        older=_link(request, older_than=key(rows[-1])) if has_older else None,
    )


def _link(request: Request, **cursor: UUID | None) -> str:
    asked = {name: value for name, value in request.query_params.items() if name not in CURSORS}
    query = urlencode(asked | {name: str(value) for name, value in cursor.items() if value})
    return f"{request.url.path}?{query}" if query else request.url.path


def uuid_or_none(written: str) -> UUID | None:
    """Return None for what is no id: to its caller it names nothing."""
    try:
        return UUID(written)
    except ValueError:
        return None
