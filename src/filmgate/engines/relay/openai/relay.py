"""A server of the OpenAI videos dialect as an engine: orders, waits, and brings the clip home."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import imagesize
import structlog

from filmgate.domain.errors import (
    EngineFailed,
    InvalidRequest,
    NotAccepted,
    Objection,
    OutcomeUnknown,
    PolicyRefusal,
)
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import Action, AspectRatio, GenerationRequest
from filmgate.engines.relay.clips import Clips, ClipUnfetched, by_fresh_links
from filmgate.engines.relay.exchange import (
    Unanswered,
    Unreached,
    UnreadableAnswer,
    exchange,
    retry_after_seconds,
)
from filmgate.engines.relay.leftovers import Leftovers, delete_once
from filmgate.engines.relay.materials import picture_type
from filmgate.engines.relay.openai.answers import Job, read_job
from filmgate.engines.relay.openai.flavours import Server
from filmgate.engines.relay.openai.objections import cannot_make, openai_objections
from filmgate.engines.relay.openai.ordering import Ordering
from filmgate.engines.relay.openai.orders import Order, Picture, asked_size, order_for
from filmgate.engines.relay.openai.refusals import failure, is_not_known
from filmgate.engines.relay.openai.tokens import Stage, Token
from filmgate.engines.relay.polling import JobLost, NoWord, State, until_over
from filmgate.engines.relay.upstream import upstream_client
from filmgate.ports import TASK_ENDED, RenderedFile, RenderJob, RenderWatch

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# A worker that is told to stop waits so long for the name of a job that was just ordered.
_NAME_SECONDS = 10


class OpenAIRelay:
    """A `Relay`. The dialect has no names of ours for jobs: an order whose answer is lost stays unknown."""

    foreign = (httpx.HTTPError, OSError)

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None,
        server: Server,
        clips: Clips,
        poll_every: timedelta,
        answer_within: timedelta,
        leftovers: Leftovers | None = None,
    ) -> None:
        """Nothing is asked yet. `answer_within` is how long the server may be silent."""
        self._base_url = base_url
        self._headers = {} if api_key is None else {"authorization": f"Bearer {api_key}"}
        self._server = server
        self._clips = clips
        self._poll_seconds = poll_every.total_seconds()
        self._answer_within = answer_within
        self._leftovers = leftovers or Leftovers()
        self._asking: httpx.AsyncClient | None = None
        self._ordering: httpx.AsyncClient | None = None

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Relay`."""
        return openai_objections(request, spec, server=self._server)

    async def start(self) -> None:
        """See `Relay`."""
        self._asking = upstream_client(answer_within=self._answer_within)
        self._ordering = upstream_client(answer_within=self._answer_within, reuses_connections=False)
        await self._clips.open()

    async def close(self) -> None:
        """See `Relay`; what is being deleted there has some seconds left."""
        await self._leftovers.close()
        for client in (self._asking, self._ordering):
            if client is not None:
                await client.aclose()
        await self._clips.close()

    async def check(self) -> None:
        """See `Relay`; older servers have no list of models, and are well if they say so."""
        try:
            response = await self._ask("GET", f"{self._base_url}/models")
        except (Unreached, Unanswered) as error:
            raise EngineFailed(f"{self._server.dialect.title} does not answer: {error}.") from error
        if response.status_code in (401, 403, 429) or response.status_code >= 500:
            raise EngineFailed(f"{self._server.dialect.title} answers {response.status_code}.")

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Relay`."""
        token = Token.read(job.resume_token)
        if token is not None and token.stage is Stage.ORDERING:
            raise OutcomeUnknown()
        order = await asyncio.to_thread(self._order, job)
        if token is None or token.stage is Stage.OVER:
            token = await self._ordered(job, order, watch)
        try:
            return [await self._brought(job, order, watch, token)]
        except asyncio.CancelledError as stop:
            # A worker that stops leaves the server's job to the attempt that comes after.
            if TASK_ENDED in stop.args:
                self._leftovers.clear(self._forget(token, watch), task_id=str(job.task_id))
            raise

    async def _ordered(self, job: RenderJob, order: Order, watch: RenderWatch) -> Token:
        """Return the token of the server's job."""
        await watch.save_resume_token(Token(base_url=self._base_url, stage=Stage.ORDERING).model_dump_json())
        ordering = asyncio.create_task(self._taken(order))
        try:
            taken = await asyncio.shield(ordering)
            await watch.save_resume_token(taken.model_dump_json())
        except asyncio.CancelledError as stop:
            if TASK_ENDED in stop.args:
                self._leftovers.clear(self._undo(ordering, watch), task_id=str(job.task_id))
            else:
                await self._settle(ordering, watch)
            raise
        _log.info("ordered", task_id=str(job.task_id), upstream_id=taken.job_id)
        return taken

    async def _settle(self, ordering: asyncio.Task[Token], watch: RenderWatch) -> None:
        """Wait for the name of the job, and keep it for the attempt that comes after."""
        await asyncio.wait({ordering}, timeout=_NAME_SECONDS)
        if not ordering.done():
            ordering.cancel()
        elif (error := ordering.exception()) is None:
            await watch.save_resume_token(ordering.result().model_dump_json())
        elif isinstance(error, NotAccepted | PolicyRefusal):
            await watch.save_resume_token(_over(Token(base_url=self._base_url, stage=Stage.OVER)))

    async def _undo(self, ordering: asyncio.Task[Token], watch: RenderWatch) -> None:
        """Delete what an order comes to, once its answer tells the name."""
        try:
            taken = await ordering
        except (NotAccepted, PolicyRefusal):
            return await watch.leave_behind(None)
        await watch.leave_behind(taken.model_dump_json())
        return await self._forget(taken, watch)

    async def _taken(self, order: Order) -> Token:
        assert self._ordering is not None, "it was started"
        ordering = Ordering(client=self._ordering, headers=self._headers)
        taken = await ordering(f"{self._base_url}/videos", order)
        return Token(base_url=self._base_url, stage=Stage.TAKEN, job_id=taken.job_id)

    async def _brought(self, job: RenderJob, order: Order, watch: RenderWatch, token: Token) -> RenderedFile:
        async def bring(n_dead: int) -> RenderedFile:
            ended = await self._ending(token, watch)
            # Where the server itself does not keep the clip, it may tell of a link elsewhere.
            url, headers = (
                (ended.url, {}) if n_dead and ended.url else (f"{_place(token)}/content", self._headers)
            )
            return await self._clips.bring_wanted(
                url,
                folder=job.folder,
                making=self._making(order, token),
                wanted=order.wanted,
                headers=headers,
            )

        try:
            return await by_fresh_links(bring, pause_seconds=self._poll_seconds)
        except ClipUnfetched as error:
            if error.is_gone:
                await self._give_up(token, watch)
            raise

    async def _ending(self, token: Token, watch: RenderWatch) -> Job:
        """Return the job when it has ended well."""

        async def look() -> Job | None:
            response = await self._ask("GET", _place(token))
            try:
                # A failed job may come with a status that says the same; it is an answer all the same.
                return read_job(response.content, job_id=token.job_id)
            except UnreadableAnswer as error:
                if is_not_known(response.status_code, response.content):
                    return None
                reason = f"HTTP {response.status_code}: {error}"
                raise NoWord(reason, asked_seconds=retry_after_seconds(response)) from error

        try:
            job = await until_over(
                look,
                watch=watch,
                every_seconds=self._poll_seconds,
                upstream=self._server.dialect.title,
                job_id=token.job_id,
            )
        except JobLost:
            await self._give_up(token, watch)
            raise
        if job.state is State.FAILED:
            await watch.save_resume_token(_over(token))
            raise failure(job)
        return job

    async def _give_up(self, token: Token, watch: RenderWatch) -> None:
        """Let the next attempt order again, where what is lost is nobody's any more."""
        if self._server.dialect.forgets_on_restart:
            await watch.save_resume_token(_over(token))

    async def _ask(self, method: str, url: str) -> httpx.Response:
        if self._asking is None:
            raise EngineFailed("The engine is not running.")
        return await exchange(self._asking, method, url, headers=self._headers)

    async def _forget(self, token: Token, watch: RenderWatch) -> None:
        """Delete the server's job, so that it is not made in vain; not every server then stops its work."""
        await self._leftovers.delete(
            lambda: self._ask("DELETE", _place(token)), upstream_id=token.job_id or ""
        )
        await watch.leave_behind(None)
        stops = self._server.dialect.stops_on_delete
        _log.info("deleted upstream", upstream_id=token.job_id, stops_its_work=stops)

    async def clear_up(self, token: str) -> None:
        """See `ClearsUp`; an order whose answer nobody has heard has no name to delete it by."""
        known = Token.read(token)
        if known is None or known.stage is Stage.OVER:
            return
        if known.stage is Stage.ORDERING:
            raise EngineFailed("The upstream may have taken the order, and has not told its name.")
        await delete_once(lambda: self._ask("DELETE", _place(known)), upstream_id=known.job_id or "")

    def _order(self, job: RenderJob) -> Order:
        """Return the order; blocks.

        Raises:
            InvalidRequest: the picture cannot be read.
            NotAccepted: the server makes no clips of the picture's shape.
        """
        request, picture, ratio = job.request, None, AspectRatio.WIDE.fraction
        if request.action is Action.IMAGE2VIDEO:
            picture, ratio = _picture(job.inputs["start_image"])
        if request.aspect_ratio is not None:
            ratio = request.aspect_ratio.fraction
        size = job.spec.frame_size(ratio)
        asked = asked_size(size, server=self._server)
        if asked is None:
            sentence = f"{self._server.dialect.title} {cannot_make(size, server=self._server)}."
            raise NotAccepted(sentence, is_for_good=True, is_of_request=True)
        return order_for(
            request,
            job.spec,
            server=self._server,
            seed=job.seed,
            size=size,
            asked_size=asked,
            picture=picture,
        )

    def _making(self, order: Order, token: Token) -> Mapping[str, Any]:
        asked = {
            name: order.fields[name] for name in order.fields if name not in ("prompt", "negative_prompt")
        }
        return {"upstream": self._server.dialect.title, "upstream_task_id": token.job_id, "asked": asked}


def _place(token: Token) -> str:
    return f"{token.base_url}/videos/{quote(token.job_id or '', safe='')}"


def _over(token: Token) -> str:
    return token.model_copy(update={"stage": Stage.OVER, "job_id": None}).model_dump_json()


def _picture(path: Path) -> tuple[Picture, Fraction]:
    # What was gathered has a sound header.
    content = path.read_bytes()
    width, height = imagesize.get(path)
    if width <= 0 or height <= 0:
        message = "Image format is invalid: start_image_url is not a picture that can be read."
        raise InvalidRequest([Objection("start_image_url", None, message)])
    return Picture(content=content, content_type=picture_type(content)), Fraction(width, height)
