"""Limits of accounts and of the queue."""

from filmgate.store.migration import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count open tasks and pace creates, in the function that submits."""
    run_script(__file__)
