"""Deliveries that finished tasks left behind, and the log of their attempts."""

from datetime import datetime, timedelta

from pgqueuer.queries import Queries

from filmgate.domain.accounts import AccountId
from filmgate.domain.callbacks import Delivery, DeliveryId, Receipt
from filmgate.domain.tasks import TaskId
from filmgate.store.database import Database
from filmgate.store.endings import DELIVER


class PostgresDeliveryStore:
    """`ports.DeliveryStore` on PostgreSQL; each post is one job of the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """See the port."""
        row = await self._database.row(
            """SELECT delivery.*, account.webhook_secrets FROM delivery JOIN account USING (account_id)
            WHERE delivery_id = $1""",
            delivery_id,
        )
        if row is None:
            return None
        return Delivery(
            delivery_id=DeliveryId(row["delivery_id"]),
            task_id=TaskId(row["task_id"]),
            account_id=AccountId(row["account_id"]),
            url=row["url"],
            secrets=tuple(row["webhook_secrets"]),
            attempts=row["attempts"],
            created_at=row["created_at"],
            delivered_at=row["delivered_at"],
            given_up_at=row["given_up_at"],
        )

    async def record_receipt(
        self, delivery: Delivery, receipt: Receipt, *, again_in: timedelta | None, now: datetime
    ) -> None:
        """See the port."""
        async with self._database.transaction() as connection:
            attempts = await connection.fetchval(
                """UPDATE delivery SET attempts = attempts + 1,
                    delivered_at = CASE WHEN $2 THEN $4::timestamptz END,
                    given_up_at = CASE WHEN $3 THEN $4::timestamptz END
                WHERE delivery_id = $1 RETURNING attempts""",
                delivery.delivery_id,
                receipt.is_accepted,
                again_in is None and not receipt.is_accepted,
                now,
            )
            await connection.execute(
                """INSERT INTO delivery_attempt (delivery_id, attempt, status, reason, elapsed, sent_at)
                VALUES ($1, $2, $3, $4, $5, $6)""",
                delivery.delivery_id,
                attempts,
                receipt.status,
                receipt.reason,
                receipt.elapsed,
                now - receipt.elapsed,
            )
            if again_in is not None:
                queries = Queries.from_asyncpg_connection(connection)
                await queries.enqueue(DELIVER, str(delivery.delivery_id).encode(), execute_after=again_in)
