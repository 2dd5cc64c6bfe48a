"""What metrics count and the janitor looks for, found by indexes."""

from filmgate.store.migration import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    run_script(__file__)
