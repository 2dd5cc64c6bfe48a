"""Pages of a long list, the newest first; each begins next to a row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg


@dataclass(frozen=True, kw_only=True)
class Paging:
    """What a query on `table` adds to itself for a page of it, by `created_at` and the column `key`.

    `cursor` is the parameter, such as `$3`, that holds the key of a row, or null for the first page; with
    `is_newer` the page is of rows that are newer than it. `whose` is a condition on that row.
    """

    table: str
    key: str
    cursor: str
    is_first: bool
    is_newer: bool
    whose: str = "true"

    @property
    def condition(self) -> str:
        """The condition on the rows; none is beside a row that is not there."""
        if self.is_first:
            return f"{self.cursor}::uuid IS NULL"
        row = f"(SELECT created_at FROM {self.table} WHERE {self.key} = {self.cursor} AND {self.whose})"
        # The moment alone is compared first, for the index to begin at it.
        if self.is_newer:
            return f"created_at >= {row} AND (created_at > {row} OR {self.key} < {self.cursor})"
        return f"created_at <= {row} AND (created_at < {row} OR {self.key} > {self.cursor})"

    @property
    def order(self) -> str:
        """The order in which the rows next to the cursor come first."""
        return f"created_at, {self.key} DESC" if self.is_newer else f"created_at DESC, {self.key}"

    def newest_first(self, rows: Sequence[asyncpg.Record]) -> Sequence[Any]:
        """Return the rows of the query in the order of the list."""
        return rows[::-1] if self.is_newer else rows
