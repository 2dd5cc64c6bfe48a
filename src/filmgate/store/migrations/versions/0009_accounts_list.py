"""The order in which an operator reads the list of accounts."""

from filmgate.store.migration import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    run_script(__file__)
