"""Killing for real: children, their workers, and what they started."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from filmgate.domain.errors import EngineFailed
from filmgate.engines.child import ChildEngine
from filmgate.engines.warm_child import ChildPlan, RendererBroke, WarmChild
from filmgate.ports import RenderJob
from tests.engines.jobs import RecordingWatch, a_job, running, scripted_child
from tests.engines.scripted import BEGUN, let_freeze

RENDERER = "tests.engines.scripted:ScriptedRenderer"

WORKER = """
import asyncio, sys
from pathlib import Path
import uvloop
from tests.engines.jobs import RecordingWatch, a_job, running, scripted_child
from tests.engines.scripted import BEGUN, let_freeze

class Announcing(RecordingWatch):
    async def progress(self, fraction):
        if "freeze" in sys.argv[2]:
            await let_freeze(job.folder)
        print((job.folder / BEGUN).read_text().split()[1], flush=True)

async def work():
    async with running(scripted_child()) as engine:
        await engine.render(job, Announcing())

job = a_job(Path(sys.argv[1]), prompt=sys.argv[2])
uvloop.run(work())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine() -> AsyncIterator[ChildEngine]:
    """An engine whose children are there to be killed."""
    async with running(scripted_child()) as engine:
        yield engine


class Rendering:
    """A render that has begun, with its child."""

    def __init__(self, job: RenderJob, task: "asyncio.Task[object]") -> None:
        self.job = job
        self.task = task
        self.pid = int((job.folder / BEGUN).read_text().split()[1])


async def begin(engine: ChildEngine, folder: Path, *, then: str) -> Rendering:
    """Begin a render that does not end by itself."""
    job, watch = a_job(folder, prompt=f"script: then={then}"), RecordingWatch()
    task: asyncio.Task[object] = asyncio.ensure_future(engine.render(job, watch))
    await watch.begun.wait()
    if then == "freeze":
        await let_freeze(job.folder)
    return Rendering(job, task)


def a_worker(folder: Path, *, prompt: str) -> "subprocess.Popen[str]":
    """A worker of its own, on uvloop, that renders one job and prints the pid of the child."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WORKER, str(folder), prompt],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def has_vanished(pid: int) -> bool:
    """Say whether nothing of the process runs any more; an orphan may wait to be reaped by the system."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_vanished(pid: int) -> None:
    """Return when the process is gone, which is soon or never."""
    deadline = time.monotonic() + 5
    while not has_vanished(pid):
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.01)


async def test_a_child_killed_in_the_middle_of_a_job_fails_that_job_only(
    engine: ChildEngine, tmp_path: Path
) -> None:
    rendering = await begin(engine, tmp_path, then="hang")

    os.kill(rendering.pid, signal.SIGKILL)

    with pytest.raises(EngineFailed, match=r"killed from outside \(SIGKILL\)"):
        await rendering.task
    assert await engine.render(a_job(tmp_path), RecordingWatch())


@pytest.mark.parametrize("then", ["hang", "burn", "freeze"])
async def test_a_cancel_kills_the_child_whatever_it_does_and_leaves_no_zombie(
    engine: ChildEngine, tmp_path: Path, then: str
) -> None:
    rendering = await begin(engine, tmp_path, then=then)

    rendering.task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await rendering.task
    assert not psutil.pid_exists(rendering.pid)


async def test_after_a_cancel_the_spare_takes_the_next_job_without_a_new_start(tmp_path: Path) -> None:
    async with running(scripted_child()) as engine:
        rendering = await begin(engine, tmp_path, then="hang")
        spares = {child.pid for child in psutil.Process().children()} - {rendering.pid}

        rendering.task.cancel()
        next_one = await begin(engine, tmp_path, then="clip")

        assert next_one.pid in spares
        await next_one.task


async def test_a_child_killed_while_idle_is_replaced_before_the_next_job(tmp_path: Path) -> None:
    async with running(scripted_child(spare=False)) as engine:
        first = await begin(engine, tmp_path, then="clip")
        await first.task
        os.kill(first.pid, signal.SIGKILL)
        # Waiting without the loop, so that the engine cannot have noticed yet.
        wait_until_vanished(first.pid)

        files = await engine.render(a_job(tmp_path), RecordingWatch())

    assert files


@pytest.mark.parametrize("is_warming", [False, True])
async def test_a_start_that_is_cancelled_again_while_it_is_taken_back_leaves_nothing_open(
    is_warming: bool,
) -> None:
    here = psutil.Process()
    n_files, others = here.num_fds(), set(here.children())
    starting = asyncio.create_task(WarmChild.start(ChildPlan(renderer=RENDERER)))
    while is_warming and not set(here.children()) - others:  # noqa: ASYNC110 - nobody tells.
        await asyncio.sleep(0)

    for _ in range(3):
        await asyncio.sleep(0)
        starting.cancel()
    await asyncio.wait({starting})

    assert starting.cancelled()
    async with asyncio.timeout(20):
        while here.num_fds() > n_files or set(here.children()) - others:  # noqa: ASYNC110 - nobody tells.
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("n_free", [0, 1, 2, 3])
async def test_a_start_without_enough_files_left_says_so_and_leaves_nothing_open(n_free: int) -> None:
    here = psutil.Process()
    n_files = here.num_fds()

    with only_so_many_files_left(n_free), pytest.raises(RendererBroke, match="could not be started") as broke:
        await WarmChild.start(ChildPlan(renderer=RENDERER))

    assert "Too many open files" in broke.value.trace
    # The loop closes what it served at its next turns.
    async with asyncio.timeout(20):
        while here.num_fds() > n_files:  # noqa: ASYNC110 - nobody tells.
            await asyncio.sleep(0.01)


@contextmanager
def only_so_many_files_left(n_free: int) -> Iterator[None]:
    """Let this process open only so many files more."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(open_file.name) for open_file in Path("/proc/self/fd").iterdir())
    taken: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, usual[1]))
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for _ in range(n_free):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        for number in taken:
            os.close(number)


async def test_what_a_child_started_goes_with_it(engine: ChildEngine, tmp_path: Path) -> None:
    job = a_job(tmp_path, prompt="script: then=stray")

    with pytest.raises(EngineFailed, match="SIGTERM"):
        await engine.render(job, RecordingWatch())

    wait_until_vanished(int((job.folder / "stray").read_text()))


@pytest.mark.parametrize("then", ["hang", "freeze"])
def test_the_children_of_a_killed_worker_vanish(tmp_path: Path, then: str) -> None:
    with a_worker(tmp_path, prompt=f"script: then={then}") as worker:
        assert worker.stdout is not None
        rendering = int(worker.stdout.readline())
        children = [child.pid for child in psutil.Process(worker.pid).children(recursive=True)]

        worker.kill()

    assert rendering in children
    for pid in children:
        wait_until_vanished(pid)


def test_a_worker_on_uvloop_ends_cleanly_after_its_render(tmp_path: Path) -> None:
    with a_worker(tmp_path, prompt="A quiet sea") as worker:
        output, _ = worker.communicate(timeout=30)

    assert worker.returncode == 0
    wait_until_vanished(int(output.split()[0]))


def test_a_child_ends_when_its_line_is_closed() -> None:
    ours, theirs = socket.socketpair()
    child = subprocess.Popen(
        [sys.executable, "-m", "filmgate.engines.child_main", str(theirs.fileno()), RENDERER],
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    ours.sendall(b'{"options": {}}\n')
    assert ours.recv(1024) == b'{"kind":"ready"}\n'

    ours.close()

    assert child.wait(timeout=5) == -signal.SIGKILL


async def test_a_child_sees_no_secret_dumps_no_core_and_lets_others_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILMGATE_DATABASE_URL", "postgresql://someone:secret@db/filmgate")
    async with running(scripted_child(environment={"CUDA_VISIBLE_DEVICES": "1"})) as engine:
        rendering = await begin(engine, tmp_path, then="hang")

        child = psutil.Process(rendering.pid)

        assert set(child.environ()) == {"PYTHONPATH", "PYTHONUNBUFFERED", "LC_ALL", "CUDA_VISIBLE_DEVICES"}
        assert child.rlimit(resource.RLIMIT_CORE)[0] == 0
        assert child.nice() > psutil.Process().nice()
        assert os.getpgid(rendering.pid) == rendering.pid
    with pytest.raises(EngineFailed, match="closing"):
        await rendering.task
