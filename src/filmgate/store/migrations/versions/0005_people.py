"""People: who owns an account, how they get in, and what their keys may spend."""

from filmgate.store.migration import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add e-mail and password to accounts, sessions, one-time links, and limits of keys."""
    run_script(__file__)
