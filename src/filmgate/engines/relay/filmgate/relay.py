"""Another Filmgate, or the hosted service of the same API, as an engine."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import structlog

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    FilmgateError,
    InvalidRequest,
    NotAccepted,
    Objection,
    OutcomeUnknown,
    PolicyRefusal,
)
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, GenerationRequest
from filmgate.domain.verdicts import Next, verdict
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.clips import Clips, by_fresh_links
from filmgate.engines.relay.exchange import Unanswered, Unreached, exchange, retry_after_seconds
from filmgate.engines.relay.filmgate.answers import UpstreamTask, read_record
from filmgate.engines.relay.filmgate.bodies import create_body, filmgate_objections
from filmgate.engines.relay.filmgate.ordering import Ordering, Patience
from filmgate.engines.relay.filmgate.tokens import Token
from filmgate.engines.relay.leftovers import Leftovers, delete_once
from filmgate.engines.relay.materials import media_of, picture_type
from filmgate.engines.relay.polling import NoWord, State, until_over
from filmgate.engines.relay.upstream import upstream_client
from filmgate.ports import TASK_ENDED, RenderedFile, RenderJob, RenderWatch

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_LONGEST_HELD = timedelta(minutes=30)
# A Filmgate remembers a key for a day; a repeat must arrive well before that.
_KEY_SECONDS = 20 * 3600
_UNKNOWN_THERE = str(OutcomeUnknown())


class FilmgateRelay:
    """A `Relay`; a task that is deleted here is deleted there."""

    foreign = (httpx.HTTPError, OSError)

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        is_hosted: bool,
        clips: Clips,
        poll_every: timedelta,
        answer_within: timedelta,
        patience: Patience | None = None,
        leftovers: Leftovers | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is asked yet. `answer_within` is how long one answer may take."""
        self._base_url = base_url
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._api_key = api_key
        self._is_hosted = is_hosted
        self._clips = clips
        self._poll_seconds = poll_every.total_seconds()
        self._answer_within = answer_within
        self._patience = patience or Patience()
        self._leftovers = leftovers or Leftovers()
        self._now = now
        self._opened: httpx.AsyncClient | None = None
        self._for_orders: httpx.AsyncClient | None = None

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Relay`; the upstream knows the matrix as well as we do."""
        del spec
        return filmgate_objections(request, is_hosted=self._is_hosted)

    async def start(self) -> None:
        """See `Relay`."""
        self._opened = upstream_client(answer_within=self._answer_within)
        if self._is_hosted:
            # It may hold the connection until the clip is made. What cannot be repeated should not travel
            # over a connection either that the other side may be about to close.
            longest = max(self._answer_within, _LONGEST_HELD)
            self._for_orders = upstream_client(answer_within=longest, reuses_connections=False)
        await self._clips.open()

    async def close(self) -> None:
        """See `Relay`; what is being deleted upstream has some seconds left."""
        await self._leftovers.close()
        for client in (self._opened, self._for_orders):
            if client is not None:
                await client.aclose()
        await self._clips.close()

    async def check(self) -> None:
        """See `Relay`; a question for no task in particular costs nothing."""
        try:
            response = await self._ask({"action": "retrieve_batch", "ids": []}, base_url=self._base_url)
        except (Unreached, Unanswered) as error:
            raise EngineFailed(f"The upstream does not answer: {error}.") from error
        if not response.is_success:
            raise EngineFailed(f"The upstream answers {response.status_code}.")

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Relay`."""
        token = Token.read(job.resume_token)
        if token is not None and token.is_over:
            token = None
        if token is None or token.task_id is None:
            token = await self._ordered(job, watch, before=token)
        try:
            return await self._brought(job, watch, token)
        except asyncio.CancelledError as stop:
            # A worker that stops leaves the upstream's task to the attempt that comes after.
            if TASK_ENDED in stop.args:
                self._leftovers.clear(self._forget(token, watch), task_id=str(job.task_id))
            raise

    async def _brought(self, job: RenderJob, watch: RenderWatch, token: Token) -> Sequence[RenderedFile]:
        async def bring(_n_dead: int) -> RenderedFile:
            task = await self._ending(token, watch)
            await watch.save_resume_token(
                token.model_copy(update={"video_id": task.video_id}).model_dump_json()
            )
            return await self._clips.bring(task.url or "", folder=job.folder, making=_making(task))

        return [await by_fresh_links(bring, pause_seconds=self._poll_seconds)]

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            raise EngineFailed("The engine is not running.")
        return self._opened

    async def _ordered(self, job: RenderJob, watch: RenderWatch, *, before: Token | None) -> Token:
        """Return the token of the upstream's task, which is kept before the order is sent and after."""
        source_video = _source_video(job)
        media = await asyncio.to_thread(media_of, job, written=_data_url)
        body = create_body(
            job.request, seed=job.seed, media=media, source_video=source_video, is_hosted=self._is_hosted
        )
        token = before or Token(base_url=self._base_url, key=str(job.task_id), ordered_at=self._now())
        if before is None:
            await watch.save_resume_token(token.model_dump_json())
        elif self._now() - before.ordered_at > _KEY_SECONDS:
            raise OutcomeUnknown()
        is_over = asyncio.Event()
        ordering = asyncio.create_task(self._taken(token, body, before=before, is_over=is_over))
        try:
            taken = await asyncio.shield(ordering)
            await watch.save_resume_token(taken.model_dump_json())
        except asyncio.CancelledError as stop:
            if TASK_ENDED in stop.args:
                is_over.set()
                self._leftovers.clear(self._undo(ordering, watch), task_id=str(job.task_id))
            else:
                # The next attempt repeats the order under its key.
                ordering.cancel()
            raise
        _log.info("ordered", task_id=str(job.task_id), upstream_id=taken.task_id)
        return taken

    async def _taken(
        self, token: Token, body: Mapping[str, Any], *, before: Token | None, is_over: asyncio.Event
    ) -> Token:
        ordering = Ordering(
            client=self._for_orders or self._client(),
            api_key=self._api_key,
            is_hosted=self._is_hosted,
            patience=self._patience,
        )
        taken = await ordering(
            token.base_url,
            body,
            key=token.key,
            was_lost=before is not None,
            is_wanted=lambda: not is_over.is_set(),
        )
        return token.model_copy(update={"task_id": taken.task_id})

    async def _undo(self, ordering: asyncio.Task[Token], watch: RenderWatch) -> None:
        """Delete what an order comes to, once its answer tells the name."""
        try:
            taken = await ordering
        except (NotAccepted, PolicyRefusal):
            return await watch.leave_behind(None)
        await watch.leave_behind(taken.model_dump_json())
        return await self._forget(taken, watch)

    async def _ending(self, token: Token, watch: RenderWatch) -> UpstreamTask:
        """Return the task when it has ended well."""

        async def look() -> UpstreamTask | None:
            response = await self._ask({"id": token.task_id}, base_url=token.base_url)
            if not response.is_success:
                raise NoWord(f"HTTP {response.status_code}", asked_seconds=retry_after_seconds(response))
            return read_record(response.content)

        task = await until_over(
            look, watch=watch, every_seconds=self._poll_seconds, upstream="The upstream", job_id=token.task_id
        )
        if task.state is State.FAILED:
            # A Filmgate has tried as often as its own operator lets it.
            failure = _failure(task, is_for_good=not self._is_hosted)
            if verdict(failure).next is Next.AGAIN:
                await watch.save_resume_token(token.model_copy(update={"is_over": True}).model_dump_json())
            raise failure
        return task

    async def _ask(self, body: Mapping[str, Any], *, base_url: str) -> httpx.Response:
        url = f"{base_url}/kling/tasks"
        return await exchange(self._client(), "POST", url, headers=self._headers, body=body)

    async def _forget(self, token: Token, watch: RenderWatch) -> None:
        """Delete the upstream's task, so that it is not made and paid for in vain."""
        await self._leftovers.delete(lambda: self._delete(token), upstream_id=token.task_id or "")
        await watch.leave_behind(None)
        _log.info("deleted upstream", upstream_id=token.task_id)

    async def clear_up(self, token: str) -> None:
        """See `ClearsUp`; an order whose answer nobody has heard has no name to delete it by."""
        known = Token.read(token)
        if known is None or known.is_over:
            return
        if known.task_id is None:
            raise EngineFailed("The upstream may have taken the order, and has not told its name.")
        await delete_once(lambda: self._delete(known), upstream_id=known.task_id)

    async def _delete(self, token: Token) -> httpx.Response:
        return await self._ask({"action": "delete", "id": token.task_id}, base_url=token.base_url)


def _making(task: UpstreamTask) -> Mapping[str, str | None]:
    return {
        "upstream": "filmgate",
        "upstream_task_id": task.task_id,
        "upstream_video_id": task.video_id,
        "upstream_engine": task.engine,
    }


def _failure(task: UpstreamTask, *, is_for_good: bool) -> FilmgateError:
    words = short_reason(task.message) or task.code
    sentence = f"The upstream could not make the clip: {words}"
    if task.message == _UNKNOWN_THERE:
        return OutcomeUnknown().quoting(task.code, task.message)
    if task.code == PolicyRefusal.code:
        return PolicyRefusal(sentence).quoting(task.code, task.message)
    if task.code == InvalidRequest.code:
        return InvalidRequest([Objection("request", None, sentence)]).quoting(task.code, task.message)
    return BrokeOnTask(sentence, is_for_good=is_for_good).quoting(task.code, task.message)


def _source_video(job: RenderJob) -> str | None:
    """Return the upstream's own id of the video to extend.

    Raises:
        NotAccepted: the video was not made there.
    """
    if job.request.action is not Action.EXTEND:
        return None
    source = Token.read(job.source_token)
    if source is None or source.video_id is None:
        raise NotAccepted(
            "The upstream extends only videos that it made itself.", is_for_good=True, is_of_request=True
        )
    return source.video_id


def _data_url(_name: str, content: bytes) -> str:
    return f"data:{picture_type(content)};base64,{b64encode(content).decode()}"
