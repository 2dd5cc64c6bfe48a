"""`GET /files/<name>`: result files, without a key: their names are unguessable."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.responses import MalformedRangeHeader

from filmgate.domain.errors import FileGone
from filmgate.domain.tasks import Task
from filmgate.ports import ObjectStore
from filmgate.service.open_file import OpenFile

_SIGNED_FOR = timedelta(minutes=15)
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 48


@dataclass(frozen=True, kw_only=True)
class Files:
    """The route of files."""

    open_file: OpenFile
    objects: ObjectStore

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(tags=["files"])
        router.add_api_route("/files/{name}", self.get, methods=["GET", "HEAD"], response_class=Response)
        return router

    async def get(self, name: str) -> Response:
        """Send a clip or a poster; ranges are honoured."""
        file, task = await self.open_file(name)
        path = self.objects.local_path(file.key)
        if path is None:
            url = await self.objects.signed_url(file.key, lifetime=_SIGNED_FOR)
            return RedirectResponse(url, status_code=HTTPStatus.FOUND, headers={"cache-control": "no-store"})
        if not path.is_file():
            raise FileGone("This file is gone.")
        return _Ranged(
            path,
            media_type=file.content_type,
            filename=_download_name(task, name),
            content_disposition_type="inline",
            headers={"cache-control": "private, max-age=86400, immutable"},
        )


class _Ranged(FileResponse):
    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        # RFC 9110, 14.2: a range that is not understood is as good as none.
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []


def _download_name(task: Task, name: str) -> str:
    extension = name.rpartition(".")[2]
    if task.request is None:
        return f"video.{extension}"
    words = _NOT_IN_A_NAME.sub("-", task.request.prompt.lower())[:_LONGEST_NAME].strip("-")
    return f"{words or task.request.action.value}.{extension}"
