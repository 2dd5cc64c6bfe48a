"""Typing commands: each runs as a process of its own, in a folder of the test's."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line on stdout."""
        return self.out.splitlines()[-1]


@dataclass
class Running:
    """A command that has not ended yet."""

    process: asyncio.subprocess.Process

    async def says(self, words: str) -> str:
        """Return the next line on stderr or stdout that has these words; fails when the command ends."""
        said = ""
        streams = [stream for stream in (self.process.stderr, self.process.stdout) if stream is not None]
        lines = {asyncio.ensure_future(stream.readline()): stream for stream in streams}
        try:
            while lines:
                done, _ = await asyncio.wait(lines, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    stream, line = lines.pop(each), each.result().decode()
                    said += line
                    if words in line:
                        return line
                    if line:
                        lines[asyncio.ensure_future(stream.readline())] = stream
        finally:
            for each in lines:
                each.cancel()
            await asyncio.gather(*lines, return_exceptions=True)
        raise AssertionError(f"never said {words!r}, but: {said}")

    async def end(self, number: signal.Signals | None = None) -> Outcome:
        """Send the signal, if any, and return when it has ended."""
        if number is not None:
            self.process.send_signal(number)
        out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Outcome(self.process.returncode, out.decode(), err.decode())


@dataclass
class Terminal:
    """A folder to work in and an environment."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def start(self, *words: str) -> Running:
        """Start `filmgate WORDS`."""
        return await self._start(sys.executable, "-m", "filmgate", *words)

    async def run(self, *words: str) -> Outcome:
        """Run `filmgate WORDS` to its end."""
        return await (await self.start(*words)).end()

    async def shell(self, line: str) -> Outcome:
        """Run a line of bash in which `filmgate` is the command; any part of a pipe that fails is told."""
        typed = line.replace("filmgate ", f'"{sys.executable}" -m filmgate ')
        return await (await self._start("bash", "-o", "pipefail", "-c", typed)).end()

    async def _start(self, *command: str) -> Running:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return Running(process)

    async def look(self, *words: str, once: str = "", then: Callable[[], None] = lambda: None) -> str:
        """Run `filmgate WORDS` in a terminal of 100 columns and return all that it writes there.

        `then` is called when the text `once` has appeared.
        """
        outer, inner = pty.openpty()
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "filmgate", *words),
            cwd=self.folder,
            env=self._environment() | {"COLUMNS": "100", "TERM": "xterm"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
        )
        os.close(inner)
        said = ""
        while chunk := await asyncio.to_thread(_read, outer):
            has_appeared = once in said
            said += chunk
            if once in said and not has_appeared:
                then()
        os.close(outer)
        return said

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FILMGATE_")}
        paths = f"{_REPOSITORY / 'src'}{os.pathsep}{_REPOSITORY}"
        return inherited | {"PYTHONPATH": paths} | self.environment


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        # Linux answers EIO once the last program of a terminal has ended.
        return ""
