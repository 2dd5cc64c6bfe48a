"""Deliveries that finished tasks left behind, and the log of their posts."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from pgqueuer.queries import Queries

from filmgate.domain.accounts import AccountId
from filmgate.domain.callbacks import Delivery, DeliveryId, DeliveryLog, Post, Receipt
from filmgate.domain.tasks import TaskId
from filmgate.store.database import Database

DELIVER = "deliver"
# The newest posts that a log shows; only a replay can make more of them than the schedule does.
_LONGEST_LOG = 100


async def queue_post(
    connection: asyncpg.Connection, delivery_id: DeliveryId, *, n_posts: int, after: timedelta
) -> None:
    """Queue the post that follows `n_posts` earlier ones, in the connection's open transaction.

    Nothing happens where it is queued or under way already.
    """
    job = f"{delivery_id} {n_posts}"
    queries = Queries.from_asyncpg_connection(connection)
    await queries.enqueue(
        DELIVER,
        job.encode(),
        # Receivers that did not take a post stand behind those that were not tried yet.
        priority=-1 if after else 0,
        execute_after=after,
        dedupe_key=f"{DELIVER}:{job}",
        on_conflict="skip",
    )


def post_of(job: bytes) -> tuple[DeliveryId, int]:
    """Return the delivery of a queued post, and how many posts came before it."""
    delivery_id, _, n_posts = job.decode().partition(" ")
    return DeliveryId(UUID(delivery_id)), int(n_posts)


class PostgresDeliveryStore:
    """`ports.DeliveryStore` on PostgreSQL; each post is one job of the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """See the port."""
        row = await self._database.row(f"{_DELIVERY} WHERE delivery_id = $1", delivery_id)
        return row and _delivery_of(row)

    async def record_receipt(
        self, delivery: Delivery, receipt: Receipt, *, again_in: timedelta | None, now: datetime
    ) -> None:
        """See the port."""
        async with self._database.transaction() as connection:
            is_first_word = await connection.fetchval(
                """UPDATE delivery SET n_posts = n_posts + 1,
                    delivered_at = CASE WHEN $3 THEN $5::timestamptz END,
                    given_up_at = CASE WHEN $4 THEN $5::timestamptz END
                WHERE delivery_id = $1 AND n_posts = $2 RETURNING true""",
                delivery.delivery_id,
                delivery.n_posts,
                receipt.is_accepted,
                again_in is None and not receipt.is_accepted,
                now,
            )
            if not is_first_word:
                return
            await connection.execute(
                """INSERT INTO post (delivery_id, number, status, reason, elapsed, sent_at)
                VALUES ($1, $2, $3, $4, $5, $6)""",
                delivery.delivery_id,
                delivery.n_posts + 1,
                receipt.status,
                receipt.reason,
                receipt.elapsed,
                now - receipt.elapsed,
            )
            if again_in is not None:
                await queue_post(
                    connection, delivery.delivery_id, n_posts=delivery.n_posts + 1, after=again_in
                )

    async def log(self, task_id: TaskId, *, account_id: AccountId) -> DeliveryLog | None:
        """See the port."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                f"{_DELIVERY} WHERE task_id = $1 AND account_id = $2", task_id, account_id
            )
            if row is None:
                return None
            posts = await connection.fetch(
                "SELECT * FROM post WHERE delivery_id = $1 ORDER BY number DESC LIMIT $2",
                row["delivery_id"],
                _LONGEST_LOG,
            )
            next_post_at = await connection.fetchval(
                "SELECT execute_after FROM pgqueuer WHERE dedupe_key = $1 AND status = 'queued'",
                _dedupe_key(row),
            )
        return DeliveryLog(
            delivery=_delivery_of(row),
            posts=tuple(_post_of(each) for each in reversed(posts)),
            next_post_at=next_post_at,
        )

    async def replay(self, task_id: TaskId, *, account_id: AccountId) -> bool:
        """See the port."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                """UPDATE delivery SET delivered_at = NULL, given_up_at = NULL, n_earlier = n_posts
                WHERE task_id = $1 AND account_id = $2 RETURNING delivery_id, n_posts""",
                task_id,
                account_id,
            )
            if row is None:
                return False
            # Queued anew rather than moved: only a new job is told to whoever waits for one.
            await connection.execute(
                "DELETE FROM pgqueuer WHERE dedupe_key = $1 AND status = 'queued'", _dedupe_key(row)
            )
            await queue_post(connection, row["delivery_id"], n_posts=row["n_posts"], after=timedelta(0))
            return True

    async def queue_lost_posts(self) -> None:
        """Queue the next post of every open delivery that has none in the queue.

        There are none unless a process was killed at an unlucky moment, or a fault of ours ended a post.
        """
        await self._database.fetch(
            """INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
            SELECT 0, $1, convert_to(job, 'UTF8'), $1 || ':' || job, 'queued'
            FROM (
                SELECT delivery_id || ' ' || n_posts AS job FROM delivery
                WHERE delivered_at IS NULL AND given_up_at IS NULL
            ) AS open
            ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
            DO NOTHING""",
            DELIVER,
        )


_DELIVERY = """
    SELECT delivery.*,
        account.webhook_secrets[1:CASE WHEN account.old_secret_until <= now() THEN 1 ELSE 2 END] AS secrets
    FROM delivery JOIN account USING (account_id)
"""


def _dedupe_key(row: asyncpg.Record) -> str:
    """Return the queue's name of a delivery's next post."""
    return f"{DELIVER}:{row['delivery_id']} {row['n_posts']}"


def _delivery_of(row: asyncpg.Record) -> Delivery:
    return Delivery(
        delivery_id=DeliveryId(row["delivery_id"]),
        task_id=TaskId(row["task_id"]),
        account_id=AccountId(row["account_id"]),
        url=row["url"],
        secrets=tuple(row["secrets"]),
        n_posts=row["n_posts"],
        n_earlier=row["n_earlier"],
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
        given_up_at=row["given_up_at"],
    )


def _post_of(row: asyncpg.Record) -> Post:
    return Post(
        number=row["number"],
        sent_at=row["sent_at"],
        status=row["status"],
        reason=row["reason"],
        elapsed=row["elapsed"],
    )
