"""`POST /kling/deliveries`: what became of a task's callback, and sending it again; free of charge."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request

from filmgate.http.keys import KeyCheck
from filmgate.http.kling.answers import delivery_body
from filmgate.http.kling.bodies import read_json
from filmgate.http.kling.questions import id_field, noted_task_id, refusal
from filmgate.http.kling.redaction import refuse_unstorable
from filmgate.ports import DeliveryStore

_ACTIONS = ("retrieve", "replay")


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """The route of deliveries."""

    check_key: KeyCheck
    deliveries: DeliveryStore

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(tags=["tasks"])
        router.add_api_route("/kling/deliveries", self.query, methods=["POST"])
        return router

    async def query(self, request: Request) -> JSONResponse:
        """Retrieve the delivery of a task, or have it sent again."""
        caller = await self.check_key(request)
        body = await read_json(request)
        refuse_unstorable(body)
        action = body.get("action") or "retrieve"
        if action not in _ACTIONS:
            raise refusal("action", action, accepted=f"one of {', '.join(_ACTIONS)}")
        given = id_field(body, name="task_id", other="id")
        task_id = noted_task_id(request, given)
        if action == "retrieve":
            log = task_id and await self.deliveries.log(task_id, account_id=caller.account_id)
            return JSONResponse(delivery_body(log) if log else {})
        replayed = task_id is not None and await self.deliveries.replay(task_id, account_id=caller.account_id)
        return JSONResponse({"task_id": given, "replayed": replayed})
