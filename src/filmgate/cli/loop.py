"""Running a command's coroutine, and ending it when a signal comes."""

import asyncio
import atexit
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

from filmgate.cli.ending import Interrupted

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DIED_OF_SIGNAL = 128


def run(main: Coroutine[Any, Any, Result], *, on_signal: Callable[[int], None] = lambda _: None) -> Result:
    """Run to the end; the first signal cancels it, the second ends the program at once.

    Raises:
        Interrupted: it was cancelled, and had nothing better to say.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(_until_signalled(main, on_signal))
        except asyncio.CancelledError as error:
            raise Interrupted("interrupted") from error


async def _until_signalled(main: Coroutine[Any, Any, Result], on_signal: Callable[[int], None]) -> Result:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(main)
    came: list[int] = []

    def note(number: int) -> None:
        if came:
            _end_at_once(number)
        came.append(number)
        on_signal(number)
        task.cancel()

    for number in _SIGNALS:
        # A program started under nohup stays deaf to the terminal's end.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, note, number)
    try:
        return await task
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _end_at_once(number: int) -> None:
    # The hook of the embedded database is among these: it outlives no program that can still end it. The
    # renderers' children are killed by the kernel together with us.
    atexit._run_exitfuncs()
    os._exit(_DIED_OF_SIGNAL + number)
