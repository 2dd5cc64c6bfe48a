"""Tasks: a gallery of them all, and a page for each."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileUnknown
from filmgate.domain.models import Catalog
from filmgate.domain.tasks import Status, Task, TaskId
from filmgate.http.console.listing import CURSORS, listing
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import page_router, see
from filmgate.http.console.titles import titles_of
from filmgate.http.console.visitors import Door, Visitor
from filmgate.http.kling.answers import file_url, record_body
from filmgate.ports import DeliveryStore, TaskSearch, TaskStore
from filmgate.service.delete import Delete

_PAGE = 24
_LONGEST_SEARCH = 200

STATES = {
    Status.WAITING: "waiting",
    Status.RUNNING: "rendering",
    Status.SUCCEEDED: "done",
    Status.FAILED: "failed",
}
"""What a task's state is called on pages."""


@dataclass(frozen=True, kw_only=True)
class TasksPage:
    """The pages of tasks."""

    door: Door
    pages: Pages
    tasks: TaskStore
    deliveries: DeliveryStore
    delete: Delete
    catalog: Catalog

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/tasks", self.gallery, methods=["GET"])
        router.add_api_route("/tasks/{task_id:uuid}", self.task, methods=["GET"])
        router.add_api_route("/tasks/{task_id:uuid}/delete", self.remove, methods=["POST"])
        router.add_api_route("/tasks/{task_id:uuid}/replay", self.replay, methods=["POST"])
        return router

    async def gallery(self, request: Request) -> Response:
        """Show the tasks that are looked for, newest first; a filter that means nothing matches all."""
        visitor, session = await self.door.member(request)
        search = search_of(request)

        async def find(*, limit: int, older_than: UUID | None, newer_than: UUID | None) -> list[Task]:
            beside = replace(
                search,
                limit=limit,
                older_than=TaskId(older_than) if older_than else None,
                newer_than=TaskId(newer_than) if newer_than else None,
            )
            return await self.tasks.newest_tasks(beside, account_id=session.account.account_id)

        page = await listing(request, find, most=_PAGE, key=lambda task: task.task_id)
        return self.pages.page(
            request,
            visitor,
            "tasks.html",
            page=page,
            titles=await titles_of(page.rows, tasks=self.tasks, account_id=session.account.account_id),
            states=STATES,
            search=search,
            is_backwards=bool(
                search.created_from and search.created_to and search.created_from >= search.created_to
            ),
            chosen=dict(request.query_params),
            is_filtered=any(value for name, value in request.query_params.items() if name not in CURSORS),
            is_moving=any(not task.status.is_final for task in page.rows),
            models=self.catalog.models,
        )

    async def task(self, request: Request, task_id: UUID) -> Response:
        """Show one task."""
        visitor, session = await self.door.member(request)
        task = await self._task(task_id, session.account.account_id)
        return await self._page(
            request,
            visitor,
            task,
            notice=request.query_params.get("done", ""),
            is_for_operator=session.account.is_operator,
        )

    async def remove(self, request: Request, task_id: UUID) -> Response:
        """Cancel an open task, or delete the files of one that ended."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        task = await self._task(task_id, session.account.account_id)
        await self.delete(task.task_id, account_id=task.account_id)
        return see(f"/tasks/{task_id}")

    async def replay(self, request: Request, task_id: UUID) -> Response:
        """Have the task's callback posted once more."""
        visitor, session = await self.door.member(request)
        await self.door.form(request, visitor)
        if not await self.deliveries.replay(TaskId(task_id), account_id=session.account.account_id):
            raise FileUnknown("This task has no callback that could be sent again.")
        return see(f"/tasks/{task_id}?done=replay")

    async def _task(self, task_id: UUID, account_id: AccountId) -> Task:
        task = await self.tasks.task(TaskId(task_id), account_id=account_id)
        if task is None:
            raise FileUnknown("There is no such task.")
        return task

    async def _page(
        self, request: Request, visitor: Visitor, task: Task, *, notice: str, is_for_operator: bool
    ) -> Response:
        log = await self.deliveries.log(task.task_id, account_id=task.account_id)
        titles = await titles_of([task], tasks=self.tasks, account_id=task.account_id)
        return self.pages.page(
            request,
            visitor,
            "task.html",
            status=HTTPStatus.OK,
            task=task,
            titles=titles,
            state=STATES[task.status],
            record=record_body(task, is_for_operator=is_for_operator),
            log=log,
            notice=notice,
            is_moving=not task.status.is_final or (log is not None and log.delivery.is_open),
            extend_link=_try_link(action="extend", video_id=task.video_id or ""),
            start_link=_try_link(action="image2video", start_image_url=file_url(task, task.poster.name))
            if task.poster
            else None,
        )


def search_of(request: Request) -> TaskSearch:
    """Return what the query of a page looks for."""
    asked = request.query_params
    return TaskSearch(
        limit=_PAGE,
        status=Status(asked["state"]) if asked.get("state") in set(Status) else None,
        model=asked.get("model", "").replace("\0", "") or None,
        text=asked.get("q", "").strip().replace("\0", "")[:_LONGEST_SEARCH],
        created_from=_day(asked.get("from", "")),
        created_to=_day(asked.get("to", ""), and_days=1),
    )


def _day(written: str, *, and_days: int = 0) -> datetime | None:
    try:
        day = date.fromisoformat(written) + timedelta(days=and_days)
        return datetime.combine(day, time(), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _try_link(**fields: str) -> str:
    return f"/try?{urlencode(fields)}"
