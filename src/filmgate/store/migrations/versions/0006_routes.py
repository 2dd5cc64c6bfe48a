"""What became of a task in each engine that it was given to, and which engines are well."""

from filmgate.store.migration import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    run_script(__file__)
