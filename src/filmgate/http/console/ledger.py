"""A page of an account's ledger, newest line first, with the links to those beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from filmgate.domain.accounts import AccountId, LedgerEntry
from filmgate.ports import CreditStore

_PAGE = 20
# More digits do not fit into the number of a line.
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class LedgerPage:
    """The lines of a page, and the links to older ones and back to the newest where there are such."""

    entries: Sequence[LedgerEntry]
    newest: str | None
    older: str | None


async def ledger_page(
    request: Request,
    *,
    credits_: CreditStore,
    account_id: AccountId,
    place: str,
    beside: Mapping[str, str] | None = None,
) -> LedgerPage:
    """Return the page that the query asks for; the first one where `before` is no number of a line.

    Links lead to the path `place`, with what stands in the query `beside`.
    """
    asked = request.query_params.get("before", "")
    before = int(asked) if _NUMBER.fullmatch(asked) else None
    found = await credits_.entries(account_id, limit=_PAGE + 1, before=before)
    shown = found[:_PAGE]
    kept = dict(beside or {})
    return LedgerPage(
        entries=shown,
        newest=_link(place, kept) if before is not None else None,
        older=_link(place, {**kept, "before": str(shown[-1].entry_id)}) if len(found) > _PAGE else None,
    )


def _link(place: str, asked: Mapping[str, str]) -> str:
    return f"{place}{f'?{urlencode(asked)}' if asked else ''}#ledger"
