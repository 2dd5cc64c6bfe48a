"""Callback inboxes and what they received."""

from filmgate.store.migration import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    run_script(__file__)
