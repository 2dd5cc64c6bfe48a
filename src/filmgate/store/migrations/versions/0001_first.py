"""Accounts, keys, credits, tasks, files and deliveries."""

from pathlib import Path

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create PgQueuer's tables and ours, in one transaction."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    # asyncpg takes a script of many statements only through its own `execute`.
    script = QueryBuilderEnvironment().build_install_query() + Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().connection.dbapi_connection.await_(connection.execute(script))  # type: ignore[union-attr]
