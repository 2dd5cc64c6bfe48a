import pytest

from tests.http.stage import Caller

ORIGIN = {"origin": "https://app.example"}


@pytest.mark.parametrize("path", ["/kling/videos", "//kling/tasks/", "/kling/price", "/files/x.mp4"])
async def test_a_preflight_lets_a_browser_send_a_key(onlooker: Caller, path: str) -> None:
    asked = ORIGIN | {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,idempotency-key",
    }

    answer = await onlooker.client.options(f"http://films.example{path}", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type,idempotency-key"
    assert "access-control-allow-credentials" not in answer.headers
    assert "x-trace-id" in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/kling/tasks", 400),
        ("GET", "/kling/videos", 405),
        ("POST", "/kling/films", 404),
        ("GET", "/files/x.mp4", 404),
    ],
)
async def test_a_browser_may_read_every_answer(onlooker: Caller, method: str, path: str, status: int) -> None:
    answer = await onlooker.client.request(method, path, headers=ORIGIN)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-trace-id" in answer.headers["access-control-expose-headers"]


async def test_a_browser_may_read_that_its_key_is_wrong(onlooker: Caller) -> None:
    answer = await onlooker.post("/kling/videos", {}, headers=ORIGIN | {"authorization": "Bearer no"})

    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/healthz", "/readyz", "/klingon", "/nothing"]
)
async def test_no_other_path_is_open_to_other_origins(onlooker: Caller, path: str) -> None:
    asked = ORIGIN | {"access-control-request-method": "GET"}

    got = await onlooker.client.get(path, headers=ORIGIN)
    preflight = await onlooker.client.options(path, headers=asked)

    assert not [name for name in [*got.headers, *preflight.headers] if name.startswith("access-control")]
