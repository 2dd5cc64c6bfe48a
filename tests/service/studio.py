"""A worker's surroundings: the real store and files, an engine on a stage, and remote pictures."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from filmgate.domain.accounts import AccountId
from filmgate.domain.breakers import BreakerRules
from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.requests import Action, GenerationRequest, Mode, RemoteMedia
from filmgate.domain.tasks import Status, Task, TaskId
from filmgate.http.meter import PrometheusMeter
from filmgate.kinds import load_default_catalog
from filmgate.media.objects import LocalObjects
from filmgate.media.pictures import read_picture
from filmgate.media.scratch import LocalScratch
from filmgate.ports import Engine, Fetched, Scratch
from filmgate.service.aftermath import RenderRules
from filmgate.service.clear_up import ClearUp
from filmgate.service.crew import Crew
from filmgate.service.gather import Gather
from filmgate.service.health import Health
from filmgate.service.render import Render
from filmgate.service.route import Route, Routes
from filmgate.service.strays import Strays
from filmgate.service.work import Work
from filmgate.store.census import PostgresCensus
from filmgate.store.database import Database
from filmgate.store.leftovers import PostgresLeftovers
from tests.http.stage import HandWoundClock, Stage
from tests.store.stock import A_MOMENT, Stock, a_request, open_stock

QUICK = RenderRules(
    time_limit=timedelta(seconds=60),
    max_tries=2,
    retry_after=timedelta(milliseconds=20),
    accept_within=timedelta(minutes=1),
    progress_every=timedelta(milliseconds=10),
)


class RemotePictures:
    """A `Fetcher` of a network that holds these files, by URL; it counts how often each was fetched."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []

    async def fetch(
        self, url: str, target: Path, *, max_bytes: int, field: str, account_id: AccountId
    ) -> Fetched:
        """See the port."""
        self.fetched.append(url)
        if url not in self.files:
            raise InvalidRequest([Objection(field, url, f"{field} cannot be fetched.")])
        content = self.files[url]
        target.write_bytes(content)  # noqa: ASYNC240 - a few bytes.
        return Fetched(path=target, content_type="image/png", n_bytes=len(content), sha256="")


@dataclass(frozen=True)
class Studio:
    """Everything a worker needs, in the hands of a test."""

    stock: Stock
    stage: Stage
    objects: LocalObjects
    root: Path
    pictures: RemotePictures = field(default_factory=RemotePictures)
    clock: HandWoundClock = field(default_factory=HandWoundClock)
    room: Scratch | None = None

    def health(self, **rules: Any) -> Health:
        """How engines are, with a breaker's rules of the test's own."""
        return Health(clock=self.clock, rules=BreakerRules(**rules), answer_within=A_MOMENT)

    def router(
        self, engines: Mapping[str, Engine], *, factors: Mapping[str, Fraction] | None = None
    ) -> Routes:
        """Every model leads to these engines, in their order."""
        return Routes(
            [Route(("*",), tuple(engines))],
            engines=engines,
            factors=factors or {},
            queue=self.stock.queue,
            clock=self.clock,
            believe_for=timedelta(0),
        )

    def render(
        self,
        *,
        engines: Mapping[str, Engine] | None = None,
        health: Health | None = None,
        factors: Mapping[str, Fraction] | None = None,
        **rules: Any,
    ) -> Render:
        """The use case, with rules of the test's own."""
        catalog = load_default_catalog()
        engines = engines or {self.stage.name: self.stage}
        return Render(
            queue=self.stock.queue,
            leftovers=PostgresLeftovers(self.stock.database),
            engines=engines,
            router=self.router(engines, factors=factors),
            health=health or self.health(),
            objects=self.objects,
            gather=Gather(
                queue=self.stock.queue,
                objects=self.objects,
                fetcher=self.pictures,
                read_picture=read_picture,
                limits=catalog.limits,
            ),
            news=self.stock.news,
            catalog=catalog,
            clock=self.clock,
            meter=PrometheusMeter(),
            rules=replace(QUICK, **rules),
            scratch=self._room,
        )

    @asynccontextmanager
    async def working(
        self,
        *,
        engines: Mapping[str, Engine] | None = None,
        grace: timedelta = timedelta(minutes=10),
        **rules: Any,
    ) -> AsyncIterator[asyncio.Task[None]]:
        """A worker, at work while the block runs."""
        working = asyncio.create_task(self.work(engines=engines, grace=grace, **rules)())
        try:
            yield working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def work(
        self,
        *,
        engines: Mapping[str, Engine] | None = None,
        grace: timedelta = timedelta(minutes=10),
        **rules: Any,
    ) -> Work:
        """A worker that does not work yet; engines that are missing are missed after the `grace`."""
        engines = engines or {self.stage.name: self.stage}
        health = self.health()
        return Work(
            queue=self.stock.queue,
            crew=Crew(engines, first_pause=A_MOMENT, longest_pause=A_MOMENT),
            health=health,
            strays=Strays(
                census=PostgresCensus(self.stock.database, lost_after=timedelta(minutes=1)),
                configured=engines.keys(),
                clock=self.clock,
                grace=grace,
            ),
            clear_up=ClearUp(leftovers=PostgresLeftovers(self.stock.database), clock=self.clock),
            render=self.render(engines=engines, health=health, **rules),
            scratch=self._room,
            clock=self.clock,
            heartbeat_every=timedelta(milliseconds=50),
            look_every=timedelta(milliseconds=50),
            check_every=timedelta(milliseconds=50),
        )

    async def ended(self, task_id: TaskId) -> Task:
        """The task once it has ended."""
        return await asyncio.wait_for(self.stock.news.ended(task_id), 20)

    async def until(self, task_id: TaskId, status: Status) -> Task:
        """The task once it has this status."""
        async with asyncio.timeout(20):
            async for task in self.stock.news.follow(task_id, at_most_every=timedelta(0)):
                if task.status is status:
                    return task
        raise AssertionError(f"the task never was {status}")

    def objects_of(self, task_id: TaskId) -> set[str]:
        """The keys of what is stored of a task, below its folder."""
        folder = self.root / "objects" / "tasks" / str(task_id)
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    @property
    def scratch(self) -> list[Path]:
        """What lies in the scratch folders."""
        return list((self.root / "work").glob("*/*"))

    @property
    def _room(self) -> Scratch:
        return self.room or LocalScratch(self.root / "work", min_free_bytes=0)


@asynccontextmanager
async def open_studio(database: Database, root: Path) -> AsyncIterator[Studio]:
    """A studio on this database, with its files below `root`."""
    async with open_stock(database) as stock:
        yield Studio(stock=stock, stage=Stage(), objects=LocalObjects(root / "objects"), root=root)


def a_picture(width: int = 400, height: int = 400) -> bytes:
    """A PNG."""
    buffer = BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def from_picture(url: str, *, prompt: str = "a quiet sea") -> GenerationRequest:
    """Five seconds from a remote picture."""
    return replace(a_request(prompt), action=Action.IMAGE2VIDEO, start_image=RemoteMedia(url=url))


def extending(video_id: str, *, prompt: str = "on and on") -> GenerationRequest:
    """Five seconds more of a video."""
    return GenerationRequest(
        action=Action.EXTEND, model="kling-v1", mode=Mode.STD, duration=5, prompt=prompt, video_id=video_id
    )
