"""Accounts, keys, credits, tasks, files and deliveries."""

from pathlib import Path

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.util import await_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create PgQueuer's tables and ours, in one transaction."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    script = QueryBuilderEnvironment().build_install_query() + Path(__file__).with_suffix(".sql").read_text()
    # A script of many statements passes only through asyncpg's own `execute`.
    await_only(connection.execute(script))
