"""Whatever is sent, the answer has the documented shape."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from filmgate.domain.accounts import KeyTerms
from tests.http.conftest import working
from tests.http.stage import Caller, HandWoundClock

PATHS = ("/kling/videos", "/kling/price", "/kling/tasks")


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Check the shape of a refusal, and return its status, code and message."""
    body = answer.json()
    assert body == {
        "success": False,
        "trace_id": str(UUID(answer.headers["x-trace-id"])),
        "error": {"code": body["error"]["code"], "message": body["error"]["message"]},
    }
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.status_code, body["error"]["code"], body["error"]["message"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"prompt=sea", "Expecting value"),
        (b'{"prompt": "\xff"}', "not text in UTF-8"),
        (b'{"prompt": NaN}', "NaN is not a number of JSON"),
        (b'{"seed": -Infinity}', "-Infinity is not a number of JSON"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "thousands of digits"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"id": "1", "id": "2"}', '"id" more than once'),
        (b'{"a": {"x": 1, "x": 1}}', '"x" more than once'),
        (b"[]", "must be a JSON object, not a list of 0 items"),
        (b"null", "must be a JSON object, not null"),
        (b'{"id": "\\ud800"}', "half of a surrogate pair"),
        (b'{"id": "\\u0000"}', "NUL character"),
        (b'{"action": "\\udfff"}', "half of a surrogate pair"),
        (b'{"limit": 1e999, "action": "retrieve_batch"}', "finite number"),
        (b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}", "deeper than 32"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    onlooker: Caller, path: str, content: bytes, reason: str
) -> None:
    status, code, message = refusal(await onlooker.send(path, content))

    assert (status, code) == (400, "bad_request")
    assert reason in message


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_a_body_that_is_not_said_to_be_json_is_refused(
    onlooker: Caller, path: str, content_type: str
) -> None:
    answer = await onlooker.send(path, b"{}", headers={"content-type": content_type})

    assert refusal(answer)[:2] == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["APPLICATION/JSON", "application/json; charset=utf-8", "a/b+json"])
async def test_any_spelling_of_json_is_understood(onlooker: Caller, content_type: str) -> None:
    answer = await onlooker.send("/kling/tasks", b'{"id": "?"}', headers={"content-type": content_type})

    assert answer.json() == {}


async def test_a_body_without_a_content_type_is_taken_for_json(onlooker: Caller) -> None:
    answer = await onlooker.client.post("/kling/tasks", content=b'{"id": "?"}')

    assert answer.json() == {}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer  ",
        "Basic dTpw",
        "fg_something",
        "Bearer fg_unknown",
        "Bearer \xe9\xff",
        "Bearer a b",
    ],
)
async def test_who_has_no_key_that_is_known_is_refused(
    onlooker: Caller, path: str, authorization: str
) -> None:
    headers = {b"authorization": authorization.encode("latin-1"), b"content-type": b"application/json"}

    answer = await onlooker.client.post(path, content=b"{}", headers=headers)

    assert refusal(answer)[:2] == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
async def test_the_scheme_and_header_names_may_be_in_any_case(onlooker: Caller, scheme: str) -> None:
    headers = {"AUTHORIZATION": f"{scheme} {onlooker.key}", "Content-TYPE": "application/json"}

    answer = await onlooker.client.post("/kling/tasks", content=b'{"id": "?"}', headers=headers)

    assert answer.status_code == 200


async def test_revoked_and_expired_keys_say_so(database_url: str, tmp_path: Path) -> None:
    clock = HandWoundClock()
    async with working(database_url, tmp_path, clock=clock) as operator:
        accounts, account_id = operator.filmgate.store.accounts, operator.filmgate.store.operator_id
        soon = clock.now() + timedelta(hours=1)
        _, expiring = await accounts.create_key(
            KeyTerms(name="short", expires_at=soon), account_id=account_id, now=clock.now()
        )
        spare, secret = await accounts.create_key(
            KeyTerms(name="spare"), account_id=account_id, now=clock.now()
        )
        await accounts.revoke_key(spare.key_id, account_id=account_id, now=clock.now())
        clock.advance(timedelta(hours=2))

        expired, revoked = [
            refusal(await operator.post("/kling/tasks", {}, headers={"authorization": f"Bearer {each}"}))
            for each in (expiring, secret)
        ]

    assert expired[:2] == revoked[:2] == (401, "invalid_token")
    assert "expired" in expired[2]
    assert "revoked" in revoked[2]


async def test_a_key_for_another_api_is_told_from_an_unknown_one(operator: Caller) -> None:
    await operator.filmgate.store.database.fetch("UPDATE api_key SET allowed_apis = '{kling-images}'")
    operator.filmgate.store.accounts.forget_callers()

    status, code, message = refusal(await operator.post("/kling/tasks", {}))

    assert (status, code) == (400, "token_mismatched")
    assert "kling-images" in message


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allowed"),
    [
        ("GET", "/kling/videos", 405, "method_not_allowed", "POST"),
        ("PUT", "/kling/tasks", 405, "method_not_allowed", "POST"),
        ("OPTIONS", "/kling/price", 405, "method_not_allowed", "POST"),
        ("BREW", "/kling/videos", 405, "method_not_allowed", "POST"),
        ("POST", "/files/x.mp4", 405, "method_not_allowed", "GET, HEAD"),
        ("POST", "/kling/films", 404, "no_api", None),
        ("GET", "/kling", 404, "no_api", None),
        ("GET", "/kling/videos/1", 404, "no_api", None),
        ("POST", "/v1/videos/text2video", 404, "no_api", None),
        ("GET", "/" + "x" * 5000, 404, "no_api", None),
        ("GET", "/%00/%ff", 404, "no_api", None),
        ("GET", "/<script>", 404, "no_api", None),
    ],
)
async def test_a_wrong_path_or_method_is_refused_in_the_same_shape(
    onlooker: Caller, method: str, path: str, status: int, code: str, allowed: str | None
) -> None:
    answer = await onlooker.client.request(method, path)

    assert refusal(answer)[:2] == (status, code)
    assert len(answer.json()["error"]["message"]) < 300
    given = answer.headers.get("allow")
    assert (given and ", ".join(sorted(given.split(", ")))) == allowed


@pytest.mark.parametrize("path", ["/kling/tasks/", "//kling/tasks", "/kling//tasks//"])
async def test_slashes_too_many_do_no_harm(onlooker: Caller, path: str) -> None:
    answer = await onlooker.post(httpx.URL(f"http://films.example{path}"), {"id": "?"})  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_body_over_the_limit_is_refused_announced_or_not(database_url: str, tmp_path: Path) -> None:
    async def pieces() -> Any:
        for _ in range(3):
            yield b" " * 2**19

    async with working(database_url, tmp_path, max_body_mib=1) as operator:
        announced = await operator.send("/kling/videos", b" " * (2**20 + 1))
        chunked = await operator.client.post("/kling/videos", content=pieces())
        fitting = await operator.send("/kling/tasks", b'{"id": "?"}'.ljust(2**20))

    assert refusal(announced)[:2] == refusal(chunked)[:2] == (413, "too_large")
    assert announced.headers["access-control-allow-origin"] == "*"
    assert "1 MiB" in refusal(announced)[2]
    assert fitting.json() == {}


@pytest.mark.parametrize("host", ["", "a b", "films.example/evil", 'x"y', "films.example:99999999", "a@b"])
async def test_a_host_header_that_is_no_host_creates_nothing(onlooker: Caller, host: str) -> None:
    answer = await onlooker.post(
        "/kling/videos", {"prompt": "sea", "async": True}, headers={"host": host or "-?-"}
    )

    assert refusal(answer)[:2] == (400, "bad_request")


async def test_the_public_url_starts_every_printed_url(database_url: str, tmp_path: Path) -> None:
    async with working(database_url, tmp_path, public_url="https://films.example.com/") as operator:
        answer = await operator.create()

    assert answer.json()["video_url"].startswith("https://films.example.com/files/")


@pytest.mark.parametrize(
    ("proxies", "origin"), [("127.0.0.1", "https://shop.example"), ("10.0.0.0/8", "http://films.example")]
)
async def test_forwarded_headers_are_believed_from_trusted_proxies_only(
    database_url: str, tmp_path: Path, proxies: str, origin: str
) -> None:
    forwarded = {"x-forwarded-proto": "https, http", "x-forwarded-host": "shop.example, inner"}
    async with working(database_url, tmp_path, trusted_proxies=proxies) as operator:
        answer = await operator.post("/kling/videos", {"prompt": "sea"}, headers=forwarded)

    assert answer.json()["video_url"].startswith(f"{origin}/files/")
