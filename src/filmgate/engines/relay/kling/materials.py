"""What an order at the hosted Kling service is made from: pictures, videos, and the video it continues."""

import asyncio
from base64 import b64encode

from filmgate.domain.errors import EngineFailed, InvalidRequest, NotAccepted, Objection
from filmgate.domain.requests import Action, VideoUse, wire_field
from filmgate.engines.relay.clips import Measure
from filmgate.engines.relay.kling.tokens import Token
from filmgate.engines.relay.materials import media_of
from filmgate.ports import RenderJob

_UNUSABLE_PICTURE = "is not a JPEG or PNG, and the hosted Kling service takes no other pictures"


async def media_for(job: RenderJob, *, measure: Measure) -> dict[str, str]:
    """Return the URL of each video, and each picture as bare base64.

    Raises:
        InvalidRequest: a video that is to be edited has another length than was asked for.
        NotAccepted: a picture is of a type that the service does not take.
    """
    await _check_length(job, measure=measure)
    return await asyncio.to_thread(media_of, job, written=_bare)


def source_video(job: RenderJob) -> str | None:
    """Return the service's own id of the video to extend; None where the job is another.

    Raises:
        NotAccepted: the video was not made here, or by another model than the one that is to go on with it.
    """
    if job.request.action is not Action.EXTEND:
        return None
    source = Token.read(job.source_token)
    if source is None or source.video_id is None:
        message = "The hosted Kling service extends only videos that it made itself."
        raise NotAccepted(message, is_for_good=True, is_of_request=True)
    if source.model != job.request.model:
        message = f"The hosted Kling service goes on with the model that made the video: {source.model}."
        raise NotAccepted(message, is_for_good=True, is_of_request=True)
    return source.video_id


async def _check_length(job: RenderJob, *, measure: Measure) -> None:
    """An edited video keeps its length at the service, whatever duration is asked for and paid."""
    for number, video in enumerate(job.request.videos, 1):
        if video.use is not VideoUse.BASE:
            continue
        field = wire_field(f"video_{number}")
        try:
            facts = await measure(job.inputs[f"video_{number}"])
        except EngineFailed as error:
            raise InvalidRequest([Objection(field, None, f"{field} is not a usable video.")]) from error
        seconds = float(facts.duration)
        if abs(seconds - job.request.duration) > 0.5:
            message = (
                f"duration {job.request.duration} is not what {field} has: the hosted Kling service edits a "
                f"video at its own length, {seconds:.1f} s. Send a duration within half a second of it."
            )
            raise InvalidRequest([Objection("duration", job.request.duration, message)])


def _bare(name: str, content: bytes) -> str:
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        raise NotAccepted(f"{wire_field(name)} {_UNUSABLE_PICTURE}.", is_for_good=True, is_of_request=True)
    return b64encode(content).decode()
