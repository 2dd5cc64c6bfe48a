"""Gathering what an attempt works from: stored pictures, remote ones, and the clip that is continued."""

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path

from filmgate.domain.errors import FileGone, InvalidRequest, Objection
from filmgate.domain.models import Limits
from filmgate.domain.pictures import PICTURE_TYPES, picture_objections
from filmgate.domain.requests import GenerationRequest, Media, RemoteMedia, StoredMedia, wire_field
from filmgate.domain.tasks import FileKind, StoredFile
from filmgate.ports import Claim, Fetcher, ObjectStore, PictureReader, RenderQueue
from filmgate.service.submit import folder_of


class Gather:
    """Brings the inputs of a task to a folder, the same ones at every attempt."""

    def __init__(
        self,
        *,
        queue: RenderQueue,
        objects: ObjectStore,
        fetcher: Fetcher,
        read_picture: PictureReader,
        limits: Limits,
    ) -> None:
        self._queue = queue
        self._objects = objects
        self._fetcher = fetcher
        self._read_picture = read_picture
        self._limits = limits

    async def __call__(self, claim: Claim, request: GenerationRequest, *, folder: Path) -> Mapping[str, Path]:
        """Return the local files by the names of `RenderJob.inputs`, all of them in `folder`.

        Raises:
            InvalidRequest: one of them cannot be had or used; names its field.
            StaleAttempt: the task is no longer ours.
            Unavailable: database or storage is away; gathering may begin again.
        """
        known = await self._queue.inputs(claim)
        inputs = {
            name: await self._input(claim, name, media, known=known.get(name), folder=folder)
            for name, media in request.media()
        }
        if request.video_id is not None:
            inputs["source_clip"] = await self._source_clip(known.get("source_clip"), folder=folder)
        return inputs

    async def _source_clip(self, source: StoredFile | None, *, folder: Path) -> Path:
        path = folder / "source_clip"
        try:
            if source is None:
                raise FileGone("The source clip is gone.")
            await self._objects.fetch(source.key, path)
        except FileGone as error:
            message = "video_id names a video that was deleted while this task waited."
            raise InvalidRequest([Objection("video_id", None, message)]) from error
        return path

    async def _input(
        self, claim: Claim, name: str, media: Media, *, known: StoredFile | None, folder: Path
    ) -> Path:
        path = folder / name
        if isinstance(media, StoredMedia):
            await self._objects.fetch(media.key, path)
        elif known is not None:
            await self._objects.fetch(known.key, path)
        else:
            assert isinstance(media, RemoteMedia), "inline media are stored at submit"
            await self._fetch_once(claim, name, media, path)
        return path

    async def _fetch_once(self, claim: Claim, name: str, media: RemoteMedia, path: Path) -> None:
        """Bring a remote file and keep it, so that every later attempt sees the same one."""
        field, limits = wire_field(name), self._limits
        is_video = name.startswith("video_")
        max_bytes = limits.video_bytes if is_video else limits.image_bytes
        fetched = await self._fetcher.fetch(
            media.url, path, max_bytes=max_bytes, field=field, account_id=claim.task.account_id
        )
        if not is_video:
            facts = await asyncio.to_thread(self._read_picture, path, field=field)
            if against := list(picture_objections(field, facts, limits)):
                raise InvalidRequest(against)
        elif fetched.content_type in PICTURE_TYPES:
            raise InvalidRequest([Objection(field, None, f"{field} is a picture; a video is needed.")])
        key = f"{folder_of(claim.task.task_id)}/inputs/{name}"
        await self._objects.put(key, path, content_type=fetched.content_type)
        kept = StoredFile(
            kind=FileKind.INPUT,
            key=key,
            name=secrets.token_hex(16),
            content_type=fetched.content_type,
            n_bytes=fetched.n_bytes,
        )
        await self._queue.record_input(claim, name, kept)
