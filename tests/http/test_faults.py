import httpx
import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from filmgate.domain.errors import PolicyRefusal, TooManyRequests
from filmgate.http.meter import PrometheusMeter
from filmgate.http.server import build_app
from tests.http.test_refusals import refusal


async def _break(request: Request) -> Response:
    raise ZeroDivisionError("secret of the house")


async def _wait_your_turn(request: Request) -> Response:
    raise TooManyRequests("The queue is full.", retry_after_seconds=7)


async def _frown(request: Request) -> Response:
    raise PolicyRefusal("The prompt is refused by this server's content policy.")


def a_client() -> httpx.AsyncClient:
    """Call an application whose routes all fail."""
    router = APIRouter()
    for name, route in {"broken": _break, "busy": _wait_your_turn, "strict": _frown}.items():
        router.add_api_route(f"/kling/{name}", route, methods=["POST"])
    transport = httpx.ASGITransport(
        build_app([router], max_body_bytes=1000, meter=PrometheusMeter()), raise_app_exceptions=False
    )
    return httpx.AsyncClient(transport=transport, base_url="http://films.example")


async def test_a_bug_is_answered_in_our_shape_and_says_nothing_of_itself() -> None:
    async with a_client() as client:
        answer = await client.post("/kling/broken", headers={"origin": "https://app.example"})

    assert refusal(answer)[:2] == (500, "api_error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_trace_id_finds_a_bug_in_the_log() -> None:
    async with a_client() as client:
        with capture_logs(processors=[merge_contextvars]) as lines:
            answer = await client.post("/kling/broken?key=private")

    broke = next(line for line in lines if line["event"] == "request broke")
    access = next(line for line in lines if line["event"] == "POST")
    assert broke["trace_id"] == access["trace_id"] == answer.headers["x-trace-id"]
    assert isinstance(broke["exc_info"], ZeroDivisionError)
    assert (access["path"], access["status"]) == ("/kling/broken", 500)
    assert "private" not in str(access)
    assert structlog.contextvars.get_contextvars() == {}


async def test_a_limit_says_when_to_come_back() -> None:
    async with a_client() as client:
        answer = await client.post("/kling/busy")

    assert refusal(answer) == (429, "too_many_requests", "The queue is full.")
    assert answer.headers["retry-after"] == "7"


async def test_the_operators_policy_is_a_403() -> None:
    async with a_client() as client:
        answer = await client.post("/kling/strict")

    assert refusal(answer)[:2] == (403, "forbidden")
