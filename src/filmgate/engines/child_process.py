"""A child's process and the sockets to it: how it starts, what it prints, how it ends."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Self

import psutil

from filmgate.engines.child_line import Line

_KEPT_OUTPUT_BYTES = 16 * 1024
_OUTPUT_GRACE_SECONDS = 1.0


class ChildProcess:
    """A process of `child_main` in a session of its own. `start` it, talk over its `line`, `end` it."""

    def __init__(self, process: Process, *, line: Line, output: Line) -> None:
        self.pid = process.pid
        self.line = line
        self.is_ending = False
        self._output = output
        self._printed = bytearray()
        self._listening = asyncio.create_task(self._listen())
        self._death = asyncio.create_task(self._wait_for_death(process))

    @classmethod
    async def start(cls, renderer: str, *, environment: Mapping[str, str]) -> Self:
        """Start a process for the `module:Class` of a renderer; it sees only this environment.

        Raises:
            OSError: the system would not start it.
        """
        spawning = asyncio.create_task(cls._spawn(renderer, environment))
        try:
            return await asyncio.shield(spawning)
        except asyncio.CancelledError:
            # Half a start cannot be taken back: its sockets and its process would be left to the collector.
            await _to_its_end(_undo(spawning))
            raise

    @property
    def returncode(self) -> int | None:
        """The number it ended with, as `subprocess` has it; None while it lives."""
        return self._death.result() if self._death.done() else None

    @property
    def printed(self) -> str:
        """The end of what it printed since `forget_output`."""
        return self._printed.decode(errors="replace")

    def forget_output(self) -> None:
        """Let go of what it printed so far."""
        self._printed.clear()

    def resident_bytes(self) -> int | None:
        """Return how much memory it holds, or None where it is dead, be it without the loop's knowledge."""
        if self._death.done():
            return None
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                return int(process.memory_info().rss)
        return None

    async def wait_a_moment(self) -> int | None:
        """Give it a second to end, and return its `returncode`."""
        await asyncio.wait({self._death}, timeout=_OUTPUT_GRACE_SECONDS)
        return self.returncode

    async def end(self) -> None:
        """Kill it and all that it started, and wait until nothing is left; safe to call twice.

        A caller that is cancelled meanwhile is let go once that is done.
        """
        await _to_its_end(self._end())

    async def _end(self) -> None:
        self.is_ending = True
        # Once it is reaped its number may be another's.
        if not self._death.done():
            self._kill_group()
        await asyncio.wait({self._death})
        await self.line.close()
        await self._output.close()

    @classmethod
    async def _spawn(cls, renderer: str, environment: Mapping[str, str]) -> Self:
        async with AsyncExitStack() as undone_on_failure:
            line, child_line = await Line.open()
            undone_on_failure.push_async_callback(line.close)
            with child_line:
                output, child_output = await Line.open()
                undone_on_failure.push_async_callback(output.close)
                with child_output:
                    process = await _execute(
                        renderer, environment=environment, line=child_line, output=child_output
                    )
            undone_on_failure.pop_all()
        return cls(process, line=line, output=output)

    async def _listen(self) -> None:
        with suppress(OSError):
            while chunk := await self._output.reader.read(_KEPT_OUTPUT_BYTES):
                self._printed += chunk
                del self._printed[:-_KEPT_OUTPUT_BYTES]

    async def _wait_for_death(self, process: Process) -> int:
        returncode = await process.wait()
        self._kill_group()
        # The last words are still in the socket; a stray that left the group may hold it open for ever.
        await asyncio.wait({self._listening}, timeout=_OUTPUT_GRACE_SECONDS)
        self._listening.cancel()
        return returncode

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


async def _execute(
    renderer: str, *, environment: Mapping[str, str], line: socket.socket, output: socket.socket
) -> Process:
    # `-P` keeps the current folder from shadowing modules; the worker's own path goes instead.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "filmgate.engines.child_main"),
        *(str(line.fileno()), renderer),
        env={
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUNBUFFERED": "1",
            "LC_ALL": "C.UTF-8",
            **environment,
        },
        stdin=DEVNULL,
        stdout=output.fileno(),
        stderr=output.fileno(),
        pass_fds=(line.fileno(),),
        start_new_session=True,
    )


async def _undo(spawning: "asyncio.Task[ChildProcess]") -> None:
    # Where nothing could be started there is nothing to end.
    with suppress(OSError):
        await (await spawning).end()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Return or raise as the work does; a cancel that comes meanwhile waits for it."""
    working = asyncio.create_task(work)
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
