"""Admitting a request: who will render it, what it costs, or everything that speaks against it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from filmgate.domain.accounts import AccountId, Price, price
from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.models import Catalog, ModelSpec
from filmgate.domain.objections import SourceClip, extend_objections, extend_warnings
from filmgate.domain.pictures import PictureFacts, picture_objections
from filmgate.domain.requests import Action, GenerationRequest, InlineMedia, wire_field
from filmgate.domain.tasks import ClipFacts, Task, VideoId, Warned
from filmgate.ports import Clock, PictureReader, Router, TaskStore
from filmgate.service.reach import Reach


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A request that can be rendered; `source` is the task whose clip an extend continues.

    `pictures` are those that the request itself carries, by their fields on the wire. `warnings` name what
    has no effect because of what is around the request.
    """

    request: GenerationRequest
    spec: ModelSpec
    engine: str
    price: Price
    source: Task | None
    pictures: Mapping[str, PictureFacts]
    warnings: tuple[Warned, ...]


class Admit:
    """Judges valid requests by what is around them: pictures, URLs, their source, the engines there are."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        tasks: TaskStore,
        router: Router,
        read_picture: PictureReader,
        clock: Clock,
        retention: timedelta,
        reach: Reach,
    ) -> None:
        self._catalog = catalog
        self._tasks = tasks
        self._router = router
        self._read_picture = read_picture
        self._clock = clock
        self._retention = retention
        self._reach = reach

    async def __call__(
        self, request: GenerationRequest, *, account_id: AccountId, callback_url: str | None = None
    ) -> Admitted:
        """Return how the request would be rendered; nothing is stored.

        Raises:
            InvalidRequest: with every objection there is.
            NotImplementedByEngine: no engine on the route can honour it.
        """
        spec = self._catalog.spec(request.model, request.mode)
        rows = tuple(self._catalog.specs.values())
        urls = self._reach.objections(request, callback_url=callback_url, account_id=account_id)
        # Ten megabytes are looked through in some milliseconds, which nobody else has to wait for.
        pictures = await asyncio.to_thread(self._pictures, request)
        against = [
            objection
            for field, facts in pictures.items()
            for objection in picture_objections(field, facts, self._catalog.limits)
        ]
        against += [objection async for objection in urls]
        source = None
        warnings: tuple[Warned, ...] = ()
        if request.action is Action.EXTEND and request.video_id is not None:
            source = await self._source(request.video_id, account_id=account_id)
            clip = _measured(source)
            assert source.request is not None, "a source can be read"
            facts = SourceClip(
                model=source.request.model,
                width=clip.width,
                height=clip.height,
                seconds=clip.duration,
            )
            against += extend_objections(request, spec, source=facts, limits=self._catalog.limits, rows=rows)
            warnings = tuple(extend_warnings(request, facts))
        if against:
            raise InvalidRequest(against)
        engine = await self._router.choose(
            request, spec, source_engine=None if source is None else source.engine
        )
        return Admitted(
            request=request,
            spec=spec,
            engine=engine,
            price=price(request, spec, engine_factor=self._router.factor(engine)),
            source=source,
            pictures=pictures,
            warnings=warnings,
        )

    def _pictures(self, request: GenerationRequest) -> dict[str, PictureFacts]:
        return {
            field: self._read_picture(media.content, field=field)
            for name, media in request.media()
            if isinstance(media, InlineMedia)
            for field in [wire_field(name)]
        }

    async def _source(self, video_id: str, *, account_id: AccountId) -> Task:
        source = await self._tasks.task_of_video(VideoId(video_id), account_id=account_id)
        if source is None:
            reason = "is not a video of this account"
        elif not source.has_files(now=self._clock.now(), retention=self._retention):
            reason = "was deleted or is past its retention"
        elif source.request is None:
            reason = "was made by another version of this server"
        else:
            return source
        message = f'video_id "{video_id}" {reason}; send the video_id of a finished video that still exists.'
        raise InvalidRequest([Objection("video_id", video_id, message)])


def _measured(source: Task) -> ClipFacts:
    assert source.clip is not None, "a source has a clip"
    assert source.clip.clip is not None, "a clip carries its measurements"
    return source.clip.clip
