"""The hosted Kling service as an engine: orders, waits, and brings the clip home."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import httpx
import structlog

from filmgate.domain.errors import BrokeOnTask, EngineFailed, FilmgateError, Objection, PolicyRefusal
from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.verdicts import Next, verdict
from filmgate.engines.reasons import short_reason
from filmgate.engines.relay.clips import Clips, by_fresh_links
from filmgate.engines.relay.exchange import Unanswered, Unreached
from filmgate.engines.relay.kling.answers import Job
from filmgate.engines.relay.kling.bearer import Bearer
from filmgate.engines.relay.kling.caller import Caller, Refused
from filmgate.engines.relay.kling.materials import media_for, source_video
from filmgate.engines.relay.kling.objections import Account, kling_objections
from filmgate.engines.relay.kling.ordering import Ordering, Patience, find_job
from filmgate.engines.relay.kling.orders import kind_of, order_for
from filmgate.engines.relay.kling.tokens import Token
from filmgate.engines.relay.polling import NoWord, State, until_over
from filmgate.engines.relay.upstream import upstream_client
from filmgate.ports import RenderedFile, RenderJob, RenderWatch

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_SERVICE = "The hosted Kling service"
_NO_SUCH_JOB = (1201, 1203)
# The service tells of a refused content in words alone.
_ITS_OWN_FAULT = ("internal", "server", "timeout", "timed out", "busy", "unavailable", "try again", "retry")
_OF_REQUEST = (
    *("image", "picture", "photo", "video", "prompt", "face", "input", "parameter", "invalid", "not support"),
    *("format", "resolution", "dimension", "duration", "too small", "too large", "too long", "too short"),
)
_POLICY_WORDS = ("risk control", "content security", "sensitive", "policy")


class KlingRelay:
    """A `Relay`. The service has no way to cancel: what was ordered runs on there, and is paid for."""

    foreign = (httpx.HTTPError, OSError)

    def __init__(
        self,
        *,
        base_url: str,
        bearer: Bearer,
        account: Account,
        clips: Clips,
        poll_every: timedelta,
        answer_within: timedelta,
        patience: Patience | None = None,
    ) -> None:
        """Nothing is asked yet. `answer_within` is how long one answer may take."""
        self._base_url = base_url.rstrip("/")
        self._bearer = bearer
        self._account = account
        self._clips = clips
        self._poll_seconds = poll_every.total_seconds()
        self._answer_within = answer_within
        self._patience = patience or Patience()
        self._client: httpx.AsyncClient | None = None

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """See `Relay`."""
        return kling_objections(request, spec, account=self._account)

    async def start(self) -> None:
        """See `Relay`."""
        self._client = upstream_client(answer_within=self._answer_within)
        await self._clips.open()

    async def close(self) -> None:
        """See `Relay`."""
        if self._client is not None:
            await self._client.aclose()
        await self._clips.close()

    async def check(self) -> None:
        """See `Relay`; the first page of the account's own list costs nothing."""
        try:
            await self._caller().ask(
                "GET", f"{self._base_url}/v1/videos/text2video", query={"pageNum": "1", "pageSize": "1"}
            )
        except Refused as refusal:
            raise EngineFailed(refusal.known.sentence).quoting(refusal.code, str(refusal)) from refusal
        except (Unreached, Unanswered) as error:
            raise EngineFailed(f"{_SERVICE} does not answer: {error}.") from error

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See `Relay`."""
        token = Token.read(job.resume_token)
        if token is not None and token.is_over:
            token = None
        if token is None or token.job_id is None:
            token = await self._ordered(job, watch, before=token)
        taken = token

        async def bring(_n_dead: int) -> RenderedFile:
            # The service signs a new link each time it is asked.
            ended = await self._ending(taken, watch)
            await watch.save_resume_token(
                taken.model_copy(update={"video_id": ended.video_id}).model_dump_json()
            )
            return await self._clips.bring(ended.url or "", folder=job.folder, making=_making(ended))

        return [await by_fresh_links(bring, pause_seconds=self._poll_seconds)]

    async def clear_up(self, token: str) -> None:
        """See `ClearsUp`."""
        known = Token.read(token)
        if known is None or known.is_over:
            return
        job = f"the job {known.job_id}" if known.job_id else f"what was ordered as {known.external_id}"
        message = f"{_SERVICE} has no way to cancel {job}: it may run on there, and be paid for."
        raise EngineFailed(message, is_for_good=True)

    def _caller(self) -> Caller:
        if self._client is None:
            raise EngineFailed("The engine is not running.")
        return Caller(self._client, bearer=self._bearer)

    async def _ordered(self, job: RenderJob, watch: RenderWatch, *, before: Token | None) -> Token:
        """Return the token of the job, which is kept before the order is sent, and with its id after."""
        token = before or Token(
            base_url=self._base_url,
            kind=kind_of(job.request),
            model=job.request.model,
            # The service takes each id once; a job that failed has used up the ones before.
            external_id=str(job.task_id) if job.resume_token is None else f"{job.task_id}-{job.attempt}",
        )
        order = order_for(
            job.request,
            job.spec,
            media=await media_for(job, measure=self._clips.measure),
            external_id=token.external_id,
            source_video=source_video(job),
        )
        if before is None:
            await watch.save_resume_token(token.model_dump_json())
        ordering = Ordering(self._caller(), base_url=token.base_url, patience=self._patience)
        taken = await ordering(order, external_id=token.external_id, may_exist=before is not None)
        token = token.model_copy(update={"job_id": taken.job_id})
        await watch.save_resume_token(token.model_dump_json())
        _log.info("ordered", task_id=str(job.task_id), upstream_id=taken.job_id, upstream_kind=token.kind)
        return token

    async def _ending(self, token: Token, watch: RenderWatch) -> Job:
        """Return the job when it has ended well."""

        async def look() -> Job | None:
            try:
                return await find_job(
                    self._caller(), token.kind, base_url=token.base_url, job_id=token.job_id
                )
            except Refused as refusal:
                if refusal.code in _NO_SUCH_JOB:
                    return None
                raise NoWord(f"code {refusal.code}", asked_seconds=refusal.retry_after) from refusal

        job = await until_over(
            look, watch=watch, every_seconds=self._poll_seconds, upstream=_SERVICE, job_id=token.job_id
        )
        if job.state is State.FAILED:
            failure = _failure(job)
            if verdict(failure).next is Next.AGAIN:
                await watch.save_resume_token(token.model_copy(update={"is_over": True}).model_dump_json())
            raise failure
        return job


def _making(job: Job) -> Mapping[str, str | None]:
    return {
        "upstream": "kling",
        "upstream_task_id": job.job_id,
        "upstream_video_id": job.video_id,
        "upstream_deduction": job.deducted,
    }


def _failure(job: Job) -> FilmgateError:
    """Return what a job that failed ends by: mostly a picture or a prompt that it could not work with.

    What was paid for all the same is not ordered again.
    """
    words, told = short_reason(job.message), job.message.lower()
    sentence = f"{_SERVICE} could not make the clip: {words or 'it gave no reason'}"
    is_paid = (job.deducted or "0").strip("0.") != ""
    if any(word in told for word in _POLICY_WORDS):
        failure: FilmgateError = PolicyRefusal(sentence)
    elif any(word in told for word in _ITS_OWN_FAULT):
        failure = EngineFailed(sentence, is_for_good=is_paid)
    elif any(word in told for word in _OF_REQUEST):
        failure = EngineFailed(sentence, is_of_request=True)
    else:
        failure = BrokeOnTask(sentence, is_for_good=is_paid)
    return failure.quoting("failed", job.message)
