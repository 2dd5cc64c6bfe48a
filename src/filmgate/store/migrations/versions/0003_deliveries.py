"""Replays of deliveries, and the end of a secret that was rotated out."""

from filmgate.store.migration import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember where a delivery's schedule began, and when an account's older secret stops signing."""
    run_script(__file__)
