"""One question to an upstream: what is certain of it, and what is kept from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from filmgate.engines.relay.exchange import (
    MAX_ANSWER_BYTES,
    Unanswered,
    Unreached,
    exchange,
    retry_after_seconds,
)
from filmgate.engines.relay.upstream import upstream_client
from tests.engines.relay.faulty_http import Question, Reply, answer_one


@dataclass
class _Served:
    """Where the replies are served, and what was asked over how many connections."""

    url: str = ""
    asked: list[Question] = field(default_factory=list)
    n_connections: int = 0


@asynccontextmanager
async def _serving(*replies: Reply) -> AsyncIterator[_Served]:
    """Give these answers, one after the other."""
    waiting, served = list(replies), _Served()

    def answer(question: Question) -> Reply:
        served.asked.append(question)
        return waiting.pop(0)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.n_connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await answer_one(reader, writer, answer):
                pass
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield served


async def _ask(url: str, *, answer_within: float = 5) -> httpx.Response:
    async with upstream_client(answer_within=timedelta(seconds=answer_within)) as client:
        return await exchange(client, "POST", url, headers={}, body={"prompt": "a harbour"})


async def test_an_answer_is_whole_whatever_its_status() -> None:
    async with _serving(Reply(status=503, body=b"busy", headers={"retry-after": "7"})) as served:
        answer = await _ask(served.url)

    assert (answer.status_code, answer.content, retry_after_seconds(answer)) == (503, b"busy", 7.0)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(is_dropped=True),
        Reply(is_silent=True),
        Reply(is_dripping=True),
        Reply(body=b"half of it", only_bytes=4),
        Reply(body=b" " * (MAX_ANSWER_BYTES + 1)),
    ],
    ids=["dropped", "silent", "dripping", "half", "endless"],
)
async def test_whatever_breaks_after_the_question_was_sent_leaves_it_open(reply: Reply) -> None:
    async with _serving(reply) as served:
        with pytest.raises(Unanswered):
            await _ask(served.url, answer_within=0.3)

    assert len(served.asked) == 1


async def test_where_nobody_listens_nothing_was_heard() -> None:
    with pytest.raises(Unreached):
        await _ask("http://127.0.0.1:9")


async def test_the_proxies_of_the_environment_see_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with _serving(Reply(body=b"heard")) as served:
        answer = await _ask(served.url)

    assert answer.content == b"heard"


async def test_cookies_are_not_kept() -> None:
    reply = Reply(headers={"set-cookie": "session=one"})
    client = upstream_client(answer_within=timedelta(seconds=5))
    async with _serving(reply, reply) as served, client:
        for _ in range(2):
            await exchange(client, "GET", served.url, headers={})

    assert [question.headers.get("cookie") for question in served.asked] == [None, None]


async def test_an_order_never_travels_over_a_connection_that_was_used_before() -> None:
    client = upstream_client(answer_within=timedelta(seconds=5), reuses_connections=False)
    async with _serving(Reply(), Reply(), Reply()) as served, client:
        for _ in range(3):
            await exchange(client, "POST", served.url, headers={}, body={})

    assert served.n_connections == 3


_ECHOED = [
    ({"authorization": "Bearer key/of+tests"}, "key/of+tests"),
    ({"authorization": "Bearer key/of+tests"}, r"key\/of+tests"),
    ({"authorization": "Bearer key/of+tests"}, "key%2Fof%2Btests"),
    ({"authorization": "Token key-of-tests"}, "key-of-tests"),
    ({"authorization": "key-of-tests"}, "key-of-tests"),
    ({"x-api-key": "key-of-tests"}, "key-of-tests"),
    ({"authorization": "Basic dXNlcjpwYXNzd29yZA=="}, "password"),
    ({}, "secret-of-tests"),
]


@pytest.mark.parametrize(("headers", "echo"), _ECHOED)
async def test_a_secret_that_the_answer_repeats_is_not_in_it_any_more(
    headers: dict[str, str], echo: str
) -> None:
    reply = Reply(status=400, body=f'{{"message": "no {echo} here"}}'.encode())
    async with _serving(reply) as served, upstream_client(answer_within=timedelta(seconds=5)) as client:
        answer = await exchange(client, "GET", served.url, headers=headers, secrets=["secret-of-tests"])

    assert answer.content == b'{"message": "no *** here"}'


async def test_the_name_of_an_order_is_no_secret() -> None:
    client = upstream_client(answer_within=timedelta(seconds=5))
    async with _serving(Reply(body=b"order-1 is known")) as served, client:
        answer = await exchange(client, "GET", served.url, headers={"idempotency-key": "order-1"})

    assert answer.content == b"order-1 is known"
