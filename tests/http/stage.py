"""An engine that a test directs by hand, and a caller of the API."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import httpx

from filmgate.app.whole import Filmgate
from filmgate.domain.errors import FilmgateError, Objection
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import ClipFacts, FileKind, TaskId
from filmgate.ports import RenderedFile, RenderJob, RenderWatch

ORIGIN = "http://films.example"
CLIP = bytes(range(256)) * 40
POSTER = b"a poster"


class Scene:
    """One render, which waits for the test to end it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._watch: RenderWatch | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def play(self, watch: RenderWatch) -> None:
        """Wait for the end."""
        self._watch = watch
        self.begun.set()
        await asyncio.shield(self._ended)

    async def progress(self, fraction: float) -> None:
        """Report as the engine would."""
        assert self._watch is not None, "await `begun` first"
        await self._watch.progress(fraction)

    def finish(self) -> None:
        """End with a clip."""
        self._ended.set_result(None)

    def fail(self, error: FilmgateError) -> None:
        """End with an error."""
        self._ended.set_exception(error)

    def strike(self) -> None:
        """End with a clip unless the test has ended it."""
        if not self._ended.done():
            self.finish()


class Stage:
    """An `Engine` that makes a clip of a few bytes at once, but waits for the prompts it was told of.

    It cannot render a prompt of the one word `impossible`.
    """

    slots = 64
    continues_only_its_own = False

    def __init__(self, name: str = "stage") -> None:
        self.name = name
        self._scenes: dict[str, Scene] = {}
        self.rendered: list[RenderJob] = []

    def scene(self, prompt: str) -> Scene:
        """Wait for the test when this prompt is rendered."""
        return self._scenes.setdefault(prompt, Scene())

    def forget(self, prompt: str) -> None:
        """Render this prompt at once from now on."""
        del self._scenes[prompt]

    def strike(self) -> None:
        """End every scene, and render every prompt at once from now on."""
        for scene in self._scenes.values():
            scene.strike()
        self._scenes.clear()

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See the port."""
        if request.prompt == "impossible":
            yield Objection("prompt", "impossible", "prompt asks for what this engine cannot do.")

    async def check(self) -> None:
        """See the port."""

    async def start(self) -> None:
        """See the port."""

    async def close(self) -> None:
        """See the port."""

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See the port."""
        self.rendered.append(job)
        if scene := self._scenes.get(job.request.prompt):
            await scene.play(watch)
        clip, poster = job.folder / "clip.mp4", job.folder / "poster.jpg"
        clip.write_bytes(CLIP)
        poster.write_bytes(POSTER)
        facts = ClipFacts(
            width=1280, height=720, fps=Fraction(30), duration=Fraction(5041, 1000), has_audio=False
        )
        return [
            RenderedFile(kind=FileKind.CLIP, path=clip, content_type="video/mp4", clip=facts),
            RenderedFile(kind=FileKind.POSTER, path=poster, content_type="image/jpeg"),
        ]


class HandWoundClock:
    """A `Clock` that a test may push forward."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self._ahead += by


class Caller:
    """Someone with a key, calling through the ASGI application."""

    def __init__(self, filmgate: Filmgate, stage: Stage, *, key: str) -> None:
        self.filmgate = filmgate
        self.stage = stage
        self.key = key
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(filmgate.http, raise_app_exceptions=False),
            base_url=ORIGIN,
            headers={"authorization": f"Bearer {key}"},
            timeout=20,
        )

    async def post(
        self, path: str, body: object, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Post JSON."""
        return await self.client.post(path, content=json.dumps(body), headers=_json(headers))

    async def send(
        self, path: str, content: bytes, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Post bytes that are said to be JSON."""
        return await self.client.post(path, content=content, headers=_json(headers))

    async def create(self, prompt: str = "a quiet sea", **fields: Any) -> httpx.Response:
        """Ask for a clip."""
        return await self.post("/kling/videos", {"prompt": prompt} | fields)

    async def begin(self, prompt: str, **fields: Any) -> str:
        """Ask for a clip without waiting for it, and return the id of its task."""
        answer = await self.create(prompt, **fields, **{"async": True})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["task_id"])

    async def record(self, task_id: str) -> dict[str, Any]:
        """Return the record of a task."""
        answer = await self.post("/kling/tasks", {"id": task_id})
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record

    async def ended(self, task_id: str) -> dict[str, Any]:
        """Return the record of a task once it has ended."""
        await self.filmgate.store.news.ended(TaskId(UUID(task_id)))
        return await self.record(task_id)

    async def settle(self) -> None:
        """End every scene, and wait until no task of any account is open."""
        self.stage.strike()
        opened = await self.filmgate.store.database.fetch(
            "SELECT task_id FROM task WHERE status IN ('waiting', 'running')"
        )
        for row in opened:
            await self.filmgate.store.news.ended(TaskId(row["task_id"]))


def _json(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"content-type": "application/json", **(headers or {})}
