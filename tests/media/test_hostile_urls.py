"""The corpus of hostile URLs against fetcher and sender, which trust no earlier check."""

import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filmgate.callbacks.sender import SignedSender
from filmgate.domain.errors import InvalidRequest
from filmgate.media.egress import EgressPolicy
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.guarded_http import guarded_client
from filmgate.media.objects import LocalObjects
from filmgate.media.web_urls import url_objection
from tests.callbacks.test_sender import BODY, NOON, delivery
from tests.media.hostile import CLOSED_URLS, HOSTILE_URLS, OPEN_URLS
from tests.media.loopback import loopback, plain
from tests.media.test_fetching import ACCOUNT, nobodys

_NAMES = {
    "front.example": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
    "metadata.goog": "169.254.169.254",
}


async def resolve_numbers(host: str, port: int) -> Sequence[str]:
    """Read every spelling of an address that the system knows; names lead where they lead inside a cloud."""
    name = host.lower().removesuffix(".")
    if "localhost" in name.split("."):
        return ["127.0.0.1"]
    if name in _NAMES:
        return [_NAMES[name]]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with guarded_client(EgressPolicy(), resolve=resolve_numbers) as running:
        yield running


@pytest.fixture
def fetcher(client: httpx.AsyncClient, tmp_path: Path) -> GuardedFetcher:
    return GuardedFetcher(client, objects=LocalObjects(tmp_path / "objects"), own_files=nobodys)


# Nothing listens where these lead, so that whoever tries to connect says so.
TRIED = "did not accept a connection"


async def refusal(fetcher: GuardedFetcher, url: str, target: Path) -> str:
    with pytest.raises(InvalidRequest) as refused:
        await fetcher.fetch(url, target, max_bytes=1000, field="start_image_url", account_id=ACCOUNT)
    (objection,) = refused.value.objections
    assert objection.field == "start_image_url"
    return objection.message


@pytest.mark.parametrize("words", HOSTILE_URLS)
async def test_no_connection_is_tried_for_a_picture(
    fetcher: GuardedFetcher, words: str, tmp_path: Path
) -> None:
    for url in HOSTILE_URLS[words]:
        message = await refusal(fetcher, url, tmp_path / "fetched")

        assert TRIED not in message, url
        if words in CLOSED_URLS:
            assert words in message.replace("resolves to", "is"), url


@pytest.mark.parametrize("words", HOSTILE_URLS)
async def test_no_connection_is_tried_for_a_callback(client: httpx.AsyncClient, words: str) -> None:
    for url in HOSTILE_URLS[words]:
        receipt = await SignedSender(client).send(delivery(url), BODY, now=NOON)

        assert receipt.status is None, url
        assert TRIED not in receipt.reason, url
        if words in CLOSED_URLS:
            assert words in receipt.reason.replace("resolves to", "is"), url


@pytest.mark.parametrize("words", CLOSED_URLS)
async def test_no_redirect_leads_there_either(words: str, tmp_path: Path) -> None:
    policy = EgressPolicy(allow=("front.example",))
    locations = [url for url in CLOSED_URLS[words] if url.isascii()]

    async with loopback() as server, guarded_client(policy, resolve=resolve_numbers) as client:
        fetcher = GuardedFetcher(client, objects=LocalObjects(tmp_path / "objects"), own_files=nobodys)
        for location in locations:
            server.answers["/go"] = plain(307, location=location)
            message = await refusal(fetcher, f"http://front.example:{server.port}/go", tmp_path / "fetched")

            assert f" {words}" in message.split(" redirects to ")[1].replace("resolves to", "is"), location

    assert [request.target for request in server.received] == ["/go"] * len(locations)


@pytest.mark.parametrize("url", OPEN_URLS)
def test_nothing_is_said_against_a_good_url(url: str) -> None:
    assert url_objection(url, policy=EgressPolicy()) is None


odd_text = st.text(st.characters(codec=None) | st.sampled_from("0127.:[]@/\\%#?x\t\n"), max_size=30)


@given(head=st.sampled_from(["", "http://", "https://", "http://127.0.0.1", "http://["]), rest=odd_text)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_no_text_at_all_gets_a_connection_or_another_error(
    fetcher: GuardedFetcher, client: httpx.AsyncClient, tmp_path: Path, head: str, rest: str
) -> None:
    assert TRIED not in await refusal(fetcher, head + rest, tmp_path / "fetched")
    receipt = await SignedSender(client).send(delivery(head + rest), BODY, now=NOON)

    assert receipt.status is None
    url_objection(head + rest, policy=EgressPolicy())
