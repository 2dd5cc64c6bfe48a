"""What ended tasks left behind at upstreams, and the engines that workers are there for."""

from filmgate.store.migration import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    run_script(__file__)
