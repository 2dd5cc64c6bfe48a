"""The command `filmgate`, and `python -m filmgate`."""

import os
import signal
import sys


def main() -> None:
    """Run the command line that was typed."""
    _open_closed_streams()
    # Ctrl-C while modules are imported should end the program, not print where it was.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from filmgate.cli import app

    app()


def _open_closed_streams() -> None:
    """Let the null device stand in for standard streams that whoever started us has closed.

    Otherwise the first socket or file takes their place, and what is printed goes there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - as long as the program.
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115 - as long as the program.


if __name__ == "__main__":
    main()
