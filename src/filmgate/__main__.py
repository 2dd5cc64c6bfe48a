"""`python -m filmgate`, the same as the command `filmgate`."""

from filmgate.cli import app

app()
