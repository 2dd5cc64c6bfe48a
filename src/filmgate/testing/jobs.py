"""Jobs to render in tests, a watch that remembers, and engines that are closed for sure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from filmgate.domain.models import AudioSupport, ModelSpec
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.domain.tasks import TaskId
from filmgate.ports import Engine, RenderJob

AnEngine = TypeVar("AnEngine", bound=Engine)

SPEC = ModelSpec(
    model="kling-v1",
    mode=Mode.STD,
    text2video=True,
    image2video=True,
    extend=False,
    durations=(5, 10),
    end_image_durations=(),
    camera_durations=(5,),
    audio=AudioSupport.NONE,
    references=False,
    multi_shot=False,
    short_side=720,
    fps=30,
    single_mode=False,
    millicredits_per_second=200,
    audio_factor=Fraction(3, 2),
)


def a_request(prompt: str = "A quiet sea") -> GenerationRequest:
    """A plain request for five seconds."""
    return GenerationRequest(
        action=Action.TEXT2VIDEO, model="kling-v1", mode=Mode.STD, duration=5, prompt=prompt
    )


def a_job(folder: Path, *, prompt: str = "A quiet sea", resume_token: str | None = None) -> RenderJob:
    """A first attempt in a new folder below the given one."""
    task_id = TaskId(uuid4())
    own = folder / str(task_id)
    own.mkdir()
    return RenderJob(
        task_id=task_id,
        attempt=1,
        request=a_request(prompt),
        spec=SPEC,
        seed=7,
        inputs={},
        folder=own,
        resume_token=resume_token,
    )


class RecordingWatch:
    """A `RenderWatch` that keeps what it is told; `begun` is set with the first progress."""

    def __init__(self) -> None:
        self.fractions: list[float] = []
        self.tokens: list[str] = []
        self.left: list[str | None] = []
        self.begun = asyncio.Event()

    async def progress(self, fraction: float) -> None:
        """Keep the fraction."""
        self.fractions.append(fraction)
        self.begun.set()

    async def save_resume_token(self, token: str) -> None:
        """Keep the token."""
        self.tokens.append(token)

    async def leave_behind(self, token: str | None) -> None:
        """Keep what is left at the upstream of a task that has ended."""
        self.left.append(token)


@asynccontextmanager
async def running(engine: AnEngine) -> AsyncIterator[AnEngine]:
    """Start an engine, and close it whatever happens."""
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()
