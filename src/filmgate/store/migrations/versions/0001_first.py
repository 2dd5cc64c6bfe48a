"""Accounts, keys, credits, tasks, files and deliveries."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from filmgate.store.migration import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create PgQueuer's tables and ours, in one transaction."""
    run_script(__file__, first=QueryBuilderEnvironment().build_install_query())
