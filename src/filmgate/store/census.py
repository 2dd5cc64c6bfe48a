"""Counting tasks, deliveries and workers, by one statement that reads indexes only."""

from datetime import datetime, timedelta

from filmgate.domain.accounts import AccountId
from filmgate.domain.tasks import FileKind
from filmgate.ports import Figures, OpenTasks, Stored
from filmgate.store.database import Database

_HOUR = timedelta(hours=1)


class PostgresCensus:
    """`ports.Census` on PostgreSQL; its cost goes by what is open and by the last hour alone."""

    def __init__(self, database: Database, *, lost_after: timedelta) -> None:
        self._database = database
        self._lost_after = lost_after

    async def figures(self, *, now: datetime) -> Figures:
        """See the port."""
        rows = await self._database.fetch(COUNT, now - _HOUR, self._lost_after)
        found = {kind: [row for row in rows if row["kind"] == kind] for kind in _KINDS}
        return Figures(
            open=[
                OpenTasks(
                    engine=row["engine"],
                    status=row["state"],
                    n_tasks=row["n"],
                    reserved=row["reserved"],
                    oldest=row["oldest"],
                )
                for row in found["open"]
            ],
            ended={(row["engine"], row["state"]): row["n"] for row in found["ended"]},
            deliveries={row["state"]: row["n"] for row in found["delivery"]},
            workers={row["engine"]: row["n"] for row in found["worker"]},
            expected={row["engine"] for row in found["expected"]},
            leftovers={row["engine"]: row["n"] for row in found["leftover"]},
        )

    async def stored(self) -> list[Stored]:
        """See the port. What was deleted counts until it is gone from the object store."""
        rows = await self._database.fetch(
            """SELECT account_id, kind, count(*) AS n_files, sum(n_bytes)::bigint AS n_bytes
            FROM artefact JOIN task USING (task_id) WHERE files_removed_at IS NULL
            GROUP BY account_id, kind"""
        )
        return [
            Stored(
                account_id=AccountId(row["account_id"]),
                kind=FileKind(row["kind"]),
                n_files=row["n_files"],
                n_bytes=row["n_bytes"],
            )
            for row in rows
        ]


_KINDS = ("open", "ended", "delivery", "worker", "expected", "leftover")

# The conditions are spelled like the partial indexes, which are not used otherwise.
COUNT = """
    SELECT 'open' AS kind, engine, status AS state, count(*) AS n, sum(reserved)::bigint AS reserved,
        min(created_at) AS oldest
    FROM task WHERE status IN ('waiting', 'running') GROUP BY engine, status
    UNION ALL
    SELECT 'ended', engine, status, count(*), NULL, NULL
    FROM task WHERE finished_at IS NOT NULL AND finished_at > $1 GROUP BY engine, status
    UNION ALL
    SELECT 'delivery', NULL, CASE n_posts WHEN 0 THEN 'waiting' ELSE 'retrying' END, count(*), NULL, NULL
    FROM delivery WHERE delivered_at IS NULL AND given_up_at IS NULL GROUP BY 3
    UNION ALL
    SELECT 'delivery', NULL, CASE WHEN delivered_at IS NULL THEN 'given_up' ELSE 'delivered' END, count(*),
        NULL, NULL
    FROM delivery
    WHERE (delivered_at IS NOT NULL OR given_up_at IS NOT NULL) AND coalesce(delivered_at, given_up_at) > $1
    GROUP BY 3
    UNION ALL
    SELECT 'worker', engine, NULL, count(*), NULL, NULL
    FROM worker, unnest(engines) AS engine WHERE seen_at > now() - $2::interval GROUP BY engine
    UNION ALL
    SELECT 'expected', engine, NULL, count(*), NULL, NULL
    FROM worker, unnest(engines || expected) AS engine WHERE seen_at > now() - $2::interval GROUP BY engine
    UNION ALL
    SELECT 'leftover', engine, NULL, count(*), NULL, NULL
    FROM task WHERE leftover_at IS NOT NULL GROUP BY engine
"""
