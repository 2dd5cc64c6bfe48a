"""A renderer's child process: builds one renderer, warms it, and serves one job at a time.

Started by `filmgate.engines.warm_child` as `python -m filmgate.engines.child_main FD module:Class`.
"""

import ctypes
import faulthandler
import math
import os
import pkgutil
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.engines.child_pipe import (
    STOP_LINE,
    Done,
    Failed,
    Progress,
    Ready,
    Refused,
    Report,
    Setup,
    Stopped,
    read_job,
    read_setup,
    report_line,
)
from filmgate.engines.reasons import is_device_fault, out_of_memory, reason_of
from filmgate.engines.renderer import Renderer, RenderStopped
from filmgate.ports import RenderJob

PROGRESS_INTERVAL_SECONDS = 0.05
_NICENESS = 5
_OOM_SCORE = "500"
_PR_SET_PDEATHSIG = 1


class WorkerLine:
    """The child's end of the socket pair. When the worker is gone, so is the child."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        self._socket = socket.socket(fileno=fd)
        self._lines = self._socket.makefile("rb")
        self._sending = threading.Lock()
        self._told_to_stop = threading.Event()
        self.jobs: SimpleQueue[RenderJob] = SimpleQueue()

    def setup(self) -> Setup:
        """Wait for the first line, and from then on listen for jobs and for the end of the worker."""
        setup = read_setup(self._lines.readline())
        threading.Thread(target=self._listen, daemon=True, name="listen").start()
        return setup

    def send(self, report: Report) -> None:
        """Send one report whole."""
        line = report_line(report)
        with self._sending:
            self._socket.sendall(line)

    def check_not_stopped(self) -> None:
        """Raise `RenderStopped` where the worker wants no more of the job that runs."""
        if self._told_to_stop.is_set():
            raise RenderStopped

    def _listen(self) -> None:
        try:
            for line in self._lines:
                if line == STOP_LINE:
                    self._told_to_stop.set()
                    continue
                # Here and not where the job begins, or a stop that comes right after it would be lost.
                self._told_to_stop.clear()
                self.jobs.put(read_job(line))
        finally:
            # Whatever the renderer has started belongs to this group and must not outlive the worker.
            os.killpg(0, signal.SIGKILL)


class PacedProgress:
    """Sends the newest progress at most 20 times a second, so that reporting costs a renderer nothing."""

    def __init__(self, send: Callable[[float], None]) -> None:
        self._send = send
        self._newest: float | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._forward, daemon=True, name="progress")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        # Nothing of this job may be sent after its last report.
        self._thread.join()

    def report(self, fraction: float) -> None:
        """Take note of how much is done; returns at once."""
        with self._changed:
            self._newest = fraction
            self._changed.notify()

    def _forward(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._newest is not None)
                if self._closed:
                    return
                newest, self._newest = self._newest, None
            if newest is not None:
                self._send(newest)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, timeout=PROGRESS_INTERVAL_SECONDS)


def main(fd: int, renderer_path: str) -> None:
    """Serve until the worker closes the line; an error while warming ends the child with its trace."""
    faulthandler.enable()
    _tie_to_parent()
    line = WorkerLine(fd)
    setup = line.setup()
    _step_back()
    _set_limit(resource.RLIMIT_CORE, 0)
    if setup.memory_limit_bytes is not None:
        # RLIMIT_AS counts address space that was only reserved (CUDA, allocator arenas): an encoder that
        # used 0.5 GiB needed 1.2 GiB of it. RLIMIT_DATA counts what can be written to.
        _set_limit(resource.RLIMIT_DATA, setup.memory_limit_bytes)
    try:
        renderer: Renderer = pkgutil.resolve_name(renderer_path)(**setup.options)
        renderer.warm()
    except EngineFailed as failure:
        line.send(Failed(reason=str(failure), trace=traceback.format_exc()))
        return
    line.send(Ready())
    while True:
        job = line.jobs.get()
        _make_home_in(job.folder)
        if setup.cpu_limit_seconds is not None:
            # The kernel counts over the whole life of a process, so each job's limit starts at what is used.
            _set_limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + setup.cpu_limit_seconds))
        line.send(_answer(renderer, job, line=line, memory_limit_bytes=setup.memory_limit_bytes))


def _answer(
    renderer: Renderer, job: RenderJob, *, line: WorkerLine, memory_limit_bytes: int | None
) -> Done | Refused | Failed | Stopped:
    def report(fraction: float) -> None:
        line.check_not_stopped()
        progress.report(fraction)

    try:
        with PacedProgress(lambda fraction: line.send(Progress(fraction))) as progress:
            return Done(tuple(renderer.render(job, report)))
    except RenderStopped:
        return Stopped()
    except InvalidRequest as refusal:
        return Refused(refusal.objections)
    except EngineFailed as failure:
        return Failed(reason=str(failure), trace=traceback.format_exc())
    # The outermost loop of the child: whatever a renderer or its libraries raise is this job's failure.
    except Exception as error:  # noqa: BLE001
        words = reason_of(error)
        sentence = out_of_memory(words, limit_bytes=memory_limit_bytes)
        return Failed(
            reason=sentence or f"The renderer failed: {words}",
            trace=traceback.format_exc(),
            is_spoilt=sentence is not None or is_device_fault(words),
        )


def _tie_to_parent() -> None:
    # A library that never lets go of the interpreter would keep the listening thread from seeing the end
    # of the worker; where the kernel can, it kills the child itself.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _step_back() -> None:
    """Let the API and the database go first, for the processor and when memory runs out."""
    os.nice(_NICENESS)
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text(_OOM_SCORE)


def _set_limit(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _make_home_in(folder: Path) -> None:
    """Have temporary files made in the job's folder, which is removed with all that a kill left there."""
    tempfile.tempdir = str(folder)
    os.environ["TMPDIR"] = str(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
