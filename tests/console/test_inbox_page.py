"""The callback inbox as its owner meets it, and our own callbacks on their way into it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook

from filmgate.domain.callbacks import DeliveryLog
from filmgate.domain.errors import FileUnknown
from filmgate.domain.tasks import TaskId
from filmgate.http.console.inbox_page import readable
from filmgate.service.receive import FindOwnInbox
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.conftest import fresh_database
from tests.console.visit import HERE, Visit
from tests.http.conftest import working
from tests.http.stage import Caller

_URL = re.compile(rf'<code id="inbox-[^"]+">({HERE}/inbox/[0-9a-f]{{32}})</code>')
SCRIPT = "<script>alert(1)</script>"


async def _inbox(visit: Visit) -> str:
    """Make an inbox and return its URL."""
    await visit.look("/inbox")
    await visit.send("/inbox")
    return str(_URL.findall(visit.page.text)[0])


async def _post(visit: Visit, url: str, content: bytes, **headers: str) -> None:
    answer = await visit.client.post(url, content=content, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest_asyncio.fixture(scope="module")
async def posting(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """A Filmgate of these tests' own that makes its posts; no private network is open to it."""
    folder = tmp_path_factory.mktemp("posting")
    async with fresh_database(postgres) as url, working(url, folder) as caller:
        chores = asyncio.create_task(caller.filmgate.chores())
        yield caller
        chores.cancel()
        await asyncio.gather(chores, return_exceptions=True)


@pytest_asyncio.fixture
async def bea(posting: Caller) -> AsyncIterator[Visit]:
    """A browser whose owner has acquired the service there."""
    visit = Visit(posting.filmgate)
    await visit.register()
    await visit.acquire()
    yield visit
    await visit.client.aclose()


async def _make(visit: Visit, callback_url: str) -> tuple[int, dict[str, object]]:
    await visit.look("/keys")
    await visit.send("/keys", name=f"key {callback_url[-50:]}")
    answer = await visit.create(visit.secret, callback_url=callback_url)
    return answer.status_code, answer.json()


async def _log(caller: Caller, task_id: str, *, n_posts: int) -> DeliveryLog:
    """Return the log of a task's delivery once so many posts were made; nobody is told of that."""
    store = caller.filmgate.store
    task = await store.tasks.task(TaskId(UUID(task_id)))
    assert task is not None
    async with asyncio.timeout(20):
        while True:
            log = await PostgresDeliveryStore(store.database).log(task.task_id, account_id=task.account_id)
            if log is not None and log.delivery.n_posts == n_posts:
                return log
            await asyncio.sleep(0.02)


async def test_a_callback_of_ours_arrives_signed_without_leaving_the_server(
    bea: Visit, posting: Caller
) -> None:
    url = await _inbox(bea)

    status, created = await _make(bea, url)
    log = await _log(posting, str(created["task_id"]), n_posts=1)

    text = await bea.look("/inbox")
    assert (status, log.posts[0].status, log.delivery.is_open) == (200, 200, False)
    assert "signed by this server" in text
    assert str(log.delivery.delivery_id) in text
    assert f'<a href="/tasks/{created["task_id"]}">Its task</a>' in bea.page.text
    # What the page shows is enough to check the signature by hand.
    secret = re.findall(r'id="webhook-secret">(whsec_[^<]+)<', bea.page.text)[0]
    headers = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", bea.page.text))
    raw = await bea.client.get(re.findall(r'href="(/inbox/entries/\d+)"', bea.page.text)[0])
    assert Webhook(secret).verify(raw.content, headers)["task_id"] == created["task_id"]


async def test_sent_again_it_arrives_again_under_the_same_id(bea: Visit, posting: Caller) -> None:
    _, created = await _make(bea, await _inbox(bea))
    task_id = str(created["task_id"])
    log = await _log(posting, task_id, n_posts=1)

    await bea.look(f"/tasks/{task_id}")
    await bea.send(f"/tasks/{task_id}/replay")
    await _log(posting, task_id, n_posts=2)

    text = await bea.look("/inbox")
    assert text.count(str(log.delivery.delivery_id)) >= 2
    assert text.count("signed by this server") == 2


async def test_a_revoked_inbox_ends_its_deliveries_and_takes_no_new_ones(bea: Visit, posting: Caller) -> None:
    url = await _inbox(bea)
    posting.stage.scene("held")
    await bea.look("/keys")
    await bea.send("/keys", name="laptop")
    key = bea.secret
    held = (await bea.create(key, "held", callback_url=url)).json()
    await bea.look("/inbox")

    text = await bea.send(re.findall(r'action="(/inbox/[^"]+/revoke)"', bea.page.text)[0])
    posting.stage.scene("held").finish()

    assert "The inbox is revoked" in text
    assert url not in text
    log = await _log(posting, held["task_id"], n_posts=1)
    assert (log.posts[0].status, log.next_post_at) == (410, None)
    assert log.delivery.given_up_at is not None
    refused = await bea.create(key, "another", callback_url=url)
    assert refused.status_code == 400
    assert "is an inbox that was revoked" in refused.json()["error"]["message"]


async def test_an_inbox_told_to_be_busy_is_tried_again(bea: Visit, posting: Caller) -> None:
    url = await _inbox(bea)
    await bea.send(re.findall(r'action="(/inbox/[^"]+/answer)"', bea.page.text)[0], answer="503")

    _, created = await _make(bea, url)
    log = await _log(posting, str(created["task_id"]), n_posts=1)

    assert log.posts[0].status == 503
    assert log.next_post_at is not None
    assert (log.next_post_at - log.posts[0].sent_at).total_seconds() > 25
    assert "answered 503" in await bea.look("/inbox")


CLOSED = (
    f"{HERE}/inbox/{'0' * 32}",
    f"{HERE}/inbox/",
    f"{HERE}/tasks",
    "http://localhost/hook",
    "http://10.0.0.1/inbox/{secret}/more",
    "http://10.0.0.1/{secret}",
    "http://ada@10.0.0.1/inbox/{secret}",
    "ftp://10.0.0.1/outbox/{secret}",
)


async def test_every_other_private_url_stays_closed(ada: Visit) -> None:
    secret = (await _inbox(ada)).rpartition("/")[2]
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")

    for url in CLOSED:
        answer = await ada.create(ada.secret, callback_url=url.format(secret=secret))

        assert answer.status_code == 400, url
        assert answer.json()["error"]["message"].startswith("callback_url"), url


async def test_an_inbox_of_ours_is_known_by_whatever_address_one_reaches_us(ada: Visit) -> None:
    secret = (await _inbox(ada)).rpartition("/")[2]

    assert (await _make(ada, f"http://10.1.2.3:8000/inbox/{secret}?order=7"))[0] == 200


async def test_under_the_public_url_an_unknown_inbox_is_refused_at_once(house: Caller, ada: Visit) -> None:
    find = FindOwnInbox(house.filmgate.store.inboxes, public_url="https://films.example")
    url = await _inbox(ada)

    assert await find(f"https://films.example/inbox/{url[-32:]}") == url[-32:]
    assert await find("https://films.example/files/a.mp4") is None
    assert await find("http://[") is None
    with pytest.raises(FileUnknown):
        await find(f"https://films.example/inbox/{'0' * 32}")


async def test_what_arrives_stays_text(ada: Visit) -> None:
    url = await _inbox(ada)

    await _post(ada, f"{url}?{SCRIPT}", SCRIPT.encode(), **{"x-odd": SCRIPT, "webhook-id": SCRIPT})
    await _post(ada, url, json.dumps({SCRIPT: f"</code></pre>{SCRIPT}"}).encode())

    text = await ada.look("/inbox")
    assert "<script>alert" not in ada.page.text
    assert text.count(SCRIPT) >= 5
    assert "signature does not fit" in text


async def test_a_body_is_given_out_as_it_came_and_never_as_a_page(ada: Visit) -> None:
    await _post(ada, await _inbox(ada), SCRIPT.encode(), **{"content-type": "text/html"})
    await ada.look("/inbox")

    raw = await ada.client.get(re.findall(r'href="(/inbox/entries/\d+)"', ada.page.text)[0])

    assert raw.text == SCRIPT
    assert raw.headers["content-type"] == "text/plain; charset=utf-8"
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert raw.headers["content-security-policy"] == "sandbox"


async def test_entries_stand_newest_first_and_older_ones_on_further_pages(ada: Visit) -> None:
    url = await _inbox(ada)
    for number in range(23):
        await _post(ada, url, b"entry-%d." % number)

    text = await ada.look("/inbox")
    older = re.findall(r'href="([^"]+)" rel="next"', ada.page.text)[0].replace("&amp;", "&")

    assert re.findall(r"entry-(\d+)\.", text) == [str(number) for number in range(22, 2, -1)]
    assert 'id="arrivals" data-live' in ada.page.text
    assert re.findall(r"entry-(\d+)\.", await ada.look(older)) == ["2", "1", "0"]
    assert 'rel="next"' not in ada.page.text
    assert 'id="arrivals" data-live' not in ada.page.text


async def test_twenty_of_the_longest_make_no_long_page(ada: Visit) -> None:
    url = await _inbox(ada)
    for _ in range(20):
        await _post(ada, url, json.dumps(["x" * 40] * 1300).encode(), **{"x-long": "y" * 3000})

    text = await ada.look("/inbox")

    assert text.count("All of the body") == 20
    assert len(ada.page.content) < 100_000


async def test_another_account_sees_and_changes_nothing(ada: Visit, house: Caller) -> None:
    url = await _inbox(ada)
    await _post(ada, url, b"private matters")
    await ada.look("/inbox")
    actions = re.findall(r'action="(/inbox/[^"]+/(?:answer|revoke))"', ada.page.text)
    entries = re.findall(r'href="(/inbox/entries/\d+)"', ada.page.text)
    inbox_id = actions[0].split("/")[2]
    eve = Visit(house.filmgate)
    await eve.register()

    assert "private" not in await eve.look(f"/inbox?inbox={inbox_id}")
    for path in (*entries, f"/inbox/{url[-32:]}"):
        await eve.look(path)
        assert eve.page.status_code == 404
    for action in actions:
        await eve.look("/inbox")
        await eve.send(action, answer="410")
        assert eve.page.status_code == 404
    assert len(actions) == 2
    await _post(ada, url, b"still open")


async def test_a_task_of_another_account_is_not_linked(ada: Visit, house: Caller) -> None:
    task_id = await house.begin("a quiet sea")
    await _post(ada, await _inbox(ada), json.dumps({"task_id": task_id}).encode())

    text = await ada.look("/inbox")

    assert task_id in text
    assert "Its task" not in text


async def test_an_inboxs_own_url_leads_its_owner_to_what_it_received(ada: Visit, house: Caller) -> None:
    first = await _inbox(ada)
    await ada.send("/inbox")
    second = next(url for url in _URL.findall(ada.page.text) if url != first)
    await _post(ada, first, b"for the first")
    await _post(ada, second, b"for the second")

    text = await ada.look(f"/inbox/{first[-32:]}")
    stranger = Visit(house.filmgate)
    await stranger.look(f"/inbox/{first[-32:]}")

    assert ("for the first" in text, "for the second" in text) == (True, False)
    assert "/log-in" in str(stranger.page.url)


async def test_the_secret_is_rotated_and_the_old_one_signs_beside_it(ada: Visit) -> None:
    await ada.look("/inbox")
    old = re.findall(r"whsec_[A-Za-z0-9+/=]+", ada.page.text)

    await ada.send("/inbox/secret/rotate", days="7")
    both = re.findall(r"whsec_[A-Za-z0-9+/=]+", ada.page.text)
    await ada.send("/inbox/secret/rotate", days="")
    alone = re.findall(r"whsec_[A-Za-z0-9+/=]+", ada.page.text)

    assert both[1:] == old
    assert len(alone) == 1
    assert alone[0] not in both
    await ada.send("/inbox/secret/rotate", days="2")
    assert ada.page.status_code == 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"b":1,"a":[]}', '{\n  "b": 1,\n  "a": []\n}'),
        (b'{"a":1,"a":2}', '{"a":1,"a":2}'),
        ('{"a":"\\ud800é"}'.encode(), '{\n  "a": "\\ud800é"\n}'),
        (b"plain \xff\xfe", "plain \\xff\\xfe"),
        (b"[" * 30_000, "[" * 30_000),
        (b"9" * 5000, "9" * 5000),
        (b"", ""),
    ],
)
def test_a_body_is_readable_whatever_it_is(body: bytes, text: str) -> None:
    assert readable(body) == text
