"""Engines that do what the prompt tells them: a renderer for a child, and a relay for the loop.

A prompt such as `script: steps=5 pause=0.1 then=crash` is a script; any other prompt just makes the clip.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from filmgate.domain.errors import EngineFailed, InvalidRequest, Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import ClipFacts, FileKind
from filmgate.ports import RenderedFile, RenderJob, RenderWatch

BEGUN = "begun"
"""A file in the job's folder: `time.monotonic()` of the renderer's first instruction, then its pid."""

_HEARD, _FROZEN = "heard", "frozen"

_WIDTH, _HEIGHT, _FPS = 64, 36, 30


class Then(StrEnum):
    """How a script ends."""

    CLIP = "clip"
    REFUSE = "refuse"
    CRASH = "crash"
    HANG = "hang"
    NO_CLIP = "no_clip"
    OUTSIDE = "outside"
    EXIT = "exit"
    SEGFAULT = "segfault"
    HOG = "hog"
    BURN = "burn"
    NOISE = "noise"
    GARBAGE = "garbage"
    FLOOD = "flood"
    STRAY = "stray"
    FREEZE = "freeze"
    WORK = "work"
    LITTER = "litter"
    DEVICE = "device"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What to do: so many steps of progress with a pause in seconds after each, and then the end."""

    steps: int = 3
    pause: float = 0.0
    then: Then = Then.CLIP

    @classmethod
    def of(cls, request: GenerationRequest) -> "Script":
        """Read the script in the prompt."""
        if not request.prompt.startswith("script:"):
            return cls()
        words = dict(word.split("=") for word in request.prompt.removeprefix("script:").split())
        return cls(
            steps=int(words.get("steps", 3)),
            pause=float(words.get("pause", 0)),
            then=Then(words.get("then", Then.CLIP)),
        )


class ScriptedRenderer:
    """A `Renderer` for a child process, which can also break in every way a process can.

    With `kept_bytes` each job leaks so much; it gets warm only where the file `needs` exists.
    """

    def __init__(self, *, kept_bytes: int = 0, needs: str | None = None) -> None:
        self._kept_bytes = kept_bytes
        self._needs = needs
        self._kept: list[bytearray] = []

    def warm(self) -> None:
        """Fail where something is missing, and make a first clip so that the codec is loaded."""
        if self._needs is not None and not Path(self._needs).exists():
            raise RuntimeError(f"no weights in {self._needs}")
        with tempfile.TemporaryDirectory() as folder:
            write_clip(Path(folder), seconds=1)

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Note the time, then follow the script."""
        begun = time.monotonic()
        (job.folder / BEGUN).write_text(f"{begun} {os.getpid()}")
        script = Script.of(job.request)
        for step in range(script.steps):
            progress(step / script.steps)
            time.sleep(script.pause)
        self._kept.append(bytearray(os.urandom(1) * self._kept_bytes))
        if script.then in _BREAKS:
            _BREAKS[script.then](job)
        progress(1.0)
        return _files(job, script.then)


class UnreadyRenderer(ScriptedRenderer):
    """One that knows why it cannot get warm."""

    def warm(self) -> None:
        """Say why."""
        raise EngineFailed("The model is not on this machine.")


class ScriptedRelay:
    """A `Relay` that also keeps which jobs it created upstream, and which it resumed by token."""

    foreign = (ConnectionError,)

    def __init__(self) -> None:
        self.created: list[str] = []
        self.resumed: list[str] = []
        self.running = 0
        self.most_at_once = 0

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """None."""
        return no_objections(request, spec)

    async def check(self) -> None:
        """All is well."""

    async def start(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """Create or resume, then follow the script."""
        self.running += 1
        self.most_at_once = max(self.running, self.most_at_once)
        try:
            if job.resume_token is None:
                self.created.append(f"upstream-{job.task_id}")
                await watch.save_resume_token(self.created[-1])
            else:
                self.resumed.append(job.resume_token)
            return await self._follow(Script.of(job.request), job, watch)
        finally:
            self.running -= 1

    async def _follow(self, script: Script, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        for step in range(script.steps):
            await watch.progress(step / script.steps)
            await asyncio.sleep(script.pause)
        match script.then:
            case Then.HANG:
                await asyncio.Event().wait()
            case Then.CRASH:
                raise ConnectionResetError("the peer at http://10.0.0.7/v1 went away")
            case Then.REFUSE:
                _refuse(job)
        return await asyncio.to_thread(_files, job, script.then)


def no_objections(request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
    """What an engine says that honours everything."""
    return ()


def write_clip(folder: Path, *, seconds: int) -> RenderedFile:
    """Encode a small clip that turns from black to white, and say what it is."""
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for number in range(seconds * _FPS):
            level = 255 * number // (seconds * _FPS)
            pixels = np.full((_HEIGHT, _WIDTH, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    facts = ClipFacts(
        width=_WIDTH, height=_HEIGHT, fps=Fraction(_FPS), duration=Fraction(seconds), has_audio=False
    )
    return RenderedFile(kind=FileKind.CLIP, path=path, content_type="video/mp4", clip=facts)


def _files(job: RenderJob, then: Then) -> Sequence[RenderedFile]:
    match then:
        case Then.NO_CLIP:
            return ()
        case Then.OUTSIDE:
            return (write_clip(job.folder.parent, seconds=1),)
    return (write_clip(job.folder, seconds=job.request.duration),)


def _refuse(job: RenderJob) -> None:
    raise InvalidRequest(
        [Objection("image", "cat.png", "The picture has no pixels."), Objection("seed", None, "Too odd.")]
    )


def _crash(job: RenderJob) -> None:
    raise RuntimeError(f"no such lens in {job.folder}/lens.bin\nand a second line")


def _lose_device(job: RenderJob) -> None:
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def _exit(job: RenderJob) -> None:
    print("the licence has run out", file=sys.stderr)
    os._exit(3)


def _hog(job: RenderJob) -> None:
    hoard = []
    while True:
        hoard.append(np.ones(32 << 20, np.uint8))


def _burn(job: RenderJob) -> None:
    while True:
        pass


def _freeze(job: RenderJob) -> None:
    # What sends progress is another thread, which from now on never runs again.
    while not (job.folder / _HEARD).exists():
        time.sleep(0.001)
    (job.folder / _FROZEN).touch()
    # A call through PyDLL keeps the interpreter's lock, so that no other thread of the child can run.
    ctypes.PyDLL(None).pause()


async def let_freeze(folder: Path) -> None:
    """Return when a renderer that is to freeze, and whose progress was heard, has done so."""
    (folder / _HEARD).touch()
    while not (folder / _FROZEN).exists():  # noqa: ASYNC110 - a frozen process tells nobody.
        await asyncio.sleep(0.001)


def _work(job: RenderJob) -> None:
    until = time.process_time() + 0.65
    while time.process_time() < until:
        pass


def _litter(job: RenderJob) -> None:
    fd, _ = tempfile.mkstemp(prefix="litter")
    os.close(fd)


def _noise(job: RenderJob) -> None:
    for _ in range(2000):
        print('{"kind": "done", "files": []}' * 3)


def _write_to_worker(line: bytes) -> None:
    """Write on the line that only the child's own code should use; its descriptor is an argument."""
    os.write(int(sys.argv[1]), line)


def _stray(job: RenderJob) -> None:
    """Start a program that outlives its parent if nobody ends it, and end hard."""
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    stray = subprocess.Popen(program)
    (job.folder / "stray").write_text(str(stray.pid))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


_BREAKS: dict[Then, Callable[[RenderJob], object]] = {
    Then.REFUSE: _refuse,
    Then.CRASH: _crash,
    Then.HANG: lambda job: time.sleep(3600),
    Then.EXIT: _exit,
    Then.SEGFAULT: lambda job: ctypes.string_at(0),
    Then.HOG: _hog,
    Then.BURN: _burn,
    Then.NOISE: _noise,
    Then.GARBAGE: lambda job: _write_to_worker(b"\xff\x00 not a report\n"),
    Then.FLOOD: lambda job: _write_to_worker(b"x" * (5 << 20)),
    Then.STRAY: _stray,
    Then.FREEZE: _freeze,
    Then.WORK: _work,
    Then.LITTER: _litter,
    Then.DEVICE: _lose_device,
}
