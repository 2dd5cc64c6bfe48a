"""Posting callbacks to real receivers on loopback: signed, bounded, and always with a receipt."""

import base64
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import structlog
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from filmgate.callbacks.sender import SignedSender, retry_after
from filmgate.domain.accounts import AccountId
from filmgate.domain.callbacks import Delivery, DeliveryId, Receipt
from filmgate.domain.tasks import TaskId
from filmgate.media.egress import EgressPolicy
from filmgate.media.guarded_http import guarded_client
from tests.media.loopback import CERTIFICATE, Answer, Loopback, dripping, endless, loopback, plain, silent

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
OLDER_SECRET = "whsec_" + base64.b64encode(b"the secret that is rotated out..").decode()
BODY = json.dumps({"success": True, "task_id": "t", "prompt": "a sunset — 日没"}, ensure_ascii=False).encode()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def delivery(url: str, *, secrets: tuple[str, ...] = (SECRET,)) -> Delivery:
    return Delivery(
        delivery_id=DeliveryId(UUID(int=1)),
        task_id=TaskId(UUID(int=2)),
        account_id=AccountId(UUID(int=3)),
        url=url,
        secrets=secrets,
        n_posts=0,
        created_at=NOON,
    )


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with guarded_client(EgressPolicy(allow=("127.0.0.1",))) as running:
        yield running


@pytest.fixture
def sender(client: httpx.AsyncClient) -> SignedSender:
    return SignedSender(client)


@pytest.fixture
def hasty(client: httpx.AsyncClient) -> SignedSender:
    return SignedSender(client, time_limit=timedelta(seconds=0.2))


async def post(sender: SignedSender, url: str, *, secrets: tuple[str, ...] = (SECRET,)) -> Receipt:
    return await sender.send(delivery(url, secrets=secrets), BODY, now=NOON)


async def test_the_receiver_gets_the_body_and_what_it_needs_to_verify_it(
    sender: SignedSender, receiver: Loopback
) -> None:
    now = datetime.now(UTC)

    receipt = await sender.send(delivery(receiver.url("/hook", plain(200))), BODY, now=now)

    (request,) = receiver.received
    assert receipt.is_accepted
    assert (request.method, request.body) == ("POST", BODY)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "Filmgate-Callback"
    assert request.headers["webhook-id"] == str(UUID(int=1))
    assert request.headers["webhook-timestamp"] == str(int(now.timestamp()))
    assert Webhook(SECRET).verify(request.body, dict(request.headers)) == json.loads(BODY)


async def test_while_a_secret_is_rotated_both_verify_and_a_third_does_not(
    sender: SignedSender, receiver: Loopback
) -> None:
    message = delivery(receiver.url("/hook", plain(200)), secrets=(SECRET, OLDER_SECRET))

    await sender.send(message, BODY, now=datetime.now(UTC))

    headers = dict(receiver.received[0].headers)
    Webhook(SECRET).verify(BODY, headers)
    Webhook(OLDER_SECRET).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"somebody else's").decode()).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY.replace(b"sunset", b"sunrise"), headers)


async def test_the_signed_time_is_the_one_given_in_any_time_zone(
    sender: SignedSender, receiver: Loopback
) -> None:
    url = receiver.url("/hook", plain(200))
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))

    await sender.send(delivery(url), BODY, now=NOON)
    await sender.send(delivery(url), BODY, now=elsewhere)

    first, second = (request.headers["webhook-signature"] for request in receiver.received)
    assert first == second == Webhook(SECRET).sign(str(UUID(int=1)), NOON, BODY.decode())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_accepted(sender: SignedSender, receiver: Loopback, status: int) -> None:
    receipt = await post(sender, receiver.url("/hook", plain(status, retry_after="5")))

    assert receipt.is_accepted
    assert receipt.status == status


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
async def test_everything_else_is_a_refusal_and_redirects_are_not_followed(
    sender: SignedSender, receiver: Loopback, status: int
) -> None:
    elsewhere = receiver.url("/elsewhere", plain(200))

    receipt = await post(sender, receiver.url("/hook", plain(status, location=elsewhere)))

    assert (receipt.status, receipt.reason) == (status, f"answered {status}")
    assert not receipt.is_accepted
    assert receipt.is_refused_for_good is (status == 410)
    assert [request.target for request in receiver.received] == ["/hook"]


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("Sun, 22 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 14:00:30 +0200", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 12:00:30 -0000", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 11:59:30 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
        ("Sun, 22 Nov 99999 12:00:30 GMT", None),
        ("\u0661\u0662", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, now=NOON) == wait


async def test_a_receiver_says_when_to_come_again(sender: SignedSender, receiver: Loopback) -> None:
    receipt = await post(sender, receiver.url("/hook", plain(503, retry_after="90")))

    assert (receipt.status, receipt.retry_after) == (503, timedelta(seconds=90))


HANGING_BODY = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (silent, "did not answer within 0.2 s"),
        (dripping(b"HTTP/1.1 200 OK\r\nx-endless: "), "did not answer within 0.2 s"),
        (b"", "broke off, or answered something that is not HTTP"),
        (b"220 mail.example ESMTP\r\n", "broke off, or answered something that is not HTTP"),
        (endless(b"HTTP/1.1 200 OK\r\nx-endless: "), "broke off, or answered something that is not HTTP"),
    ],
)
async def test_a_receiver_without_an_answer_gets_a_receipt_without_a_status(
    sender: SignedSender, hasty: SignedSender, receiver: Loopback, answer: Answer, reason: str
) -> None:
    # Only what is never over may meet the short limit: on a busy machine anything else could take that long.
    patient_enough = hasty if reason.startswith("did not answer") else sender

    receipt = await post(patient_enough, receiver.url("/hook", answer))

    assert (receipt.status, receipt.reason) == (None, reason)


@pytest.mark.parametrize("answer", [endless(HANGING_BODY), HANGING_BODY + bytes(100_000)])
async def test_a_long_body_does_not_change_the_answer(
    sender: SignedSender, receiver: Loopback, answer: Answer
) -> None:
    receipt = await post(sender, receiver.url("/hook", answer))

    assert receipt.is_accepted


async def test_a_body_that_never_ends_is_left_soon(client: httpx.AsyncClient, receiver: Loopback) -> None:
    sender = SignedSender(client, drain_limit=timedelta(seconds=0.05))

    receipt = await post(sender, receiver.url("/hook", dripping(HANGING_BODY)))

    assert receipt.is_accepted
    assert receipt.elapsed < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.2/hook", "is a loopback address (127.0.0.2)"),
        ("http://169.254.169.254/", "a cloud's metadata service"),
        ("http://[::1]/", "is a loopback address (::1)"),
        ("http://127.0.0.1:25/", "port 25"),
        ("ftp://127.0.0.1/", "is not an http:// or https:// URL"),
        ("http://0177.0.0.1/", "is not an http:// or https:// URL"),
        ("http://x/\ud800", "is not an http:// or https:// URL"),
        ("hook", "is not an http:// or https:// URL"),
        ("", "is not an http:// or https:// URL"),
    ],
)
async def test_a_url_that_may_not_be_reached_is_a_receipt_too(
    sender: SignedSender, url: str, words: str
) -> None:
    receipt = await post(sender, url)

    assert receipt.status is None
    assert words in receipt.reason


async def test_a_receiver_nobody_vouches_for_is_a_receipt(sender: SignedSender) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    async with loopback(tls=tls) as receiver:
        receipt = await post(sender, f"https://127.0.0.1:{receiver.port}/hook")

    assert receipt.status is None
    assert receipt.reason == "shows a certificate that is not trusted: self-signed certificate"
    assert receiver.received == []


async def test_a_receiver_that_is_away_is_a_receipt(sender: SignedSender) -> None:
    async with loopback() as receiver:
        url = receiver.origin

    receipt = await post(sender, url)

    assert receipt.status is None
    assert receipt.reason.startswith("did not accept a connection on port")


async def test_a_name_nobody_knows_is_a_receipt() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with guarded_client(EgressPolicy(), resolve=nothing) as client:
        receipt = await post(SignedSender(client), "http://receiver.example/")

    assert (receipt.status, receipt.reason) == (None, "names a host that cannot be found")


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_!",), (SECRET, "whsec_a")])
async def test_a_secret_that_cannot_sign_is_a_receipt_and_nothing_is_sent(
    sender: SignedSender, receiver: Loopback, secrets: tuple[str, ...]
) -> None:
    receipt = await post(sender, receiver.url("/hook", plain(200)), secrets=secrets)

    assert receipt.status is None
    assert "could not be signed" in receipt.reason
    assert receiver.received == []


async def test_a_callback_that_was_not_taken_is_a_warning_that_names_the_task(
    sender: SignedSender, receiver: Loopback
) -> None:
    with structlog.testing.capture_logs() as lines:
        await post(sender, receiver.url("/hook", plain(501, b"an answer")))

    (line,) = lines
    assert (line["event"], line["log_level"]) == ("callback not taken", "warning")
    assert (line["task_id"], line["status"], line["reason"]) == (str(UUID(int=2)), 501, "answered 501")
    assert "an answer" not in json.dumps(line)


async def test_credentials_of_the_url_are_sent_to_the_receiver_only(
    sender: SignedSender, receiver: Loopback
) -> None:
    receiver.answers["/hook"] = plain(200)

    await post(sender, f"http://ann:passw0rd@127.0.0.1:{receiver.port}/hook")

    assert (
        receiver.received[0].headers["authorization"] == "Basic " + base64.b64encode(b"ann:passw0rd").decode()
    )


async def test_the_log_names_the_host_and_no_secret_of_the_url(
    sender: SignedSender, receiver: Loopback
) -> None:
    url = (
        receiver.url("/hook/p4th", plain(200, b"an answer")).replace("127", "ann:passw0rd@127")
        + "?sig=s3cret"
    )

    with structlog.testing.capture_logs() as lines:
        await post(sender, url)

    (line,) = lines
    assert (line["event"], line["host"], line["status"]) == ("callback posted", "127.0.0.1", 200)
    text = json.dumps(line)
    assert not any(secret in text for secret in ("p4th", "passw0rd", "s3cret", "whsec_", "an answer"))
