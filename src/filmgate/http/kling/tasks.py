"""`POST /kling/tasks`: look up, list and delete; free of charge."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request

from filmgate.domain.accounts import AccountId
from filmgate.domain.tasks import Task
from filmgate.http.keys import KeyCheck
from filmgate.http.kling.answers import TYPE, record_body
from filmgate.http.kling.bodies import read_json
from filmgate.http.kling.questions import id_field, noted_task_id, refusal, task_id_of
from filmgate.http.kling.redaction import refuse_unstorable
from filmgate.http.kling.task_schema import DEEPEST_OFFSET, LONGEST_PAGE, PAGE
from filmgate.ports import TaskSearch, TaskStore
from filmgate.service.delete import Delete

_ACTIONS = ("retrieve", "retrieve_batch", "delete")


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """The route of tasks."""

    check_key: KeyCheck
    tasks: TaskStore
    delete: Delete
    operator_id: AccountId

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(tags=["tasks"])
        router.add_api_route("/kling/tasks", self.query, methods=["POST"])
        return router

    async def query(self, request: Request) -> JSONResponse:
        """Retrieve one task or several, list the newest, or delete one."""
        caller = await self.check_key(request)
        body = await read_json(request)
        refuse_unstorable(body)
        match body.get("action") or "retrieve":
            case "retrieve":
                return JSONResponse(await self._retrieve(request, body, caller.account_id))
            case "retrieve_batch":
                return JSONResponse(await self._retrieve_batch(body, caller.account_id))
            case "delete":
                return JSONResponse(await self._delete(request, body, caller.account_id))
            case other:
                raise refusal("action", other, accepted=f"one of {', '.join(_ACTIONS)}")

    async def _retrieve(
        self, request: Request, body: dict[str, Any], account_id: AccountId
    ) -> dict[str, Any]:
        task_id = noted_task_id(request, _id(body))
        task = task_id and await self.tasks.task(task_id, account_id=account_id)
        return self._record(task) if task else {}

    async def _retrieve_batch(self, body: dict[str, Any], account_id: AccountId) -> dict[str, Any]:
        if body.get("ids") is not None:
            ids = [task_id for task_id in map(task_id_of, _ids(body["ids"])) if task_id is not None]
            found = await self.tasks.tasks(ids, account_id=account_id)
        else:
            _check_type(body)
            found = await self._page(body, account_id)
        return {"items": [self._record(task) for task in found], "count": len(found)}

    def _record(self, task: Task) -> dict[str, Any]:
        return record_body(task, is_for_operator=task.account_id == self.operator_id)

    async def _page(self, body: dict[str, Any], account_id: AccountId) -> list[Task]:
        search = TaskSearch(
            limit=_whole(body, "limit", default=PAGE, least=1, most=LONGEST_PAGE),
            offset=_whole(body, "offset", default=0, least=0, most=DEEPEST_OFFSET),
            created_from=_moment(body, "created_at_min"),
            created_to=_moment(body, "created_at_max"),
        )
        return await self.tasks.newest_tasks(search, account_id=account_id)

    async def _delete(self, request: Request, body: dict[str, Any], account_id: AccountId) -> dict[str, Any]:
        given = _id(body)
        task_id = noted_task_id(request, given)
        deleted = task_id is not None and await self.delete(task_id, account_id=account_id)
        return {"id": given, "deleted": deleted}


def _id(body: dict[str, Any]) -> str:
    besides = ' To list tasks, or to look several up by their ids, send action "retrieve_batch".'
    return id_field(body, name="id", other="task_id", besides=besides)


def _ids(given: object) -> list[str]:
    if not isinstance(given, list) or len(given) > LONGEST_PAGE:
        raise refusal("ids", given, accepted=f"a list of at most {LONGEST_PAGE} task ids")
    for each in given:
        if not isinstance(each, str):
            raise refusal("ids", each, accepted="strings only")
    return given


def _check_type(body: dict[str, Any]) -> None:
    kind = body.get("type") or TYPE
    if kind != TYPE:
        raise refusal("type", kind, accepted=f'"{TYPE}", the type of every task here')


def _whole(body: dict[str, Any], field: str, *, default: int, least: int, most: int) -> int:
    value = body.get(field)
    if value is None:
        return default
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not is_whole or not least <= value <= most:
        raise refusal(field, value, accepted=f"a whole number from {least} to {most}")
    return int(value)


def _moment(body: dict[str, Any], field: str) -> datetime | None:
    value = body.get(field)
    if value is None:
        return None
    wanted = "a time in Unix seconds"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(field, value, accepted=wanted)
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise refusal(field, value, accepted=wanted) from error
