"""Keys as their owner meets them."""

import re

import pytest

from filmgate.domain.errors import EngineFailed
from tests.console.visit import Visit
from tests.http.stage import Caller


async def _call(ada: Visit, key: str, prompt: str = "a quiet sea") -> tuple[int, str]:
    answer = await ada.create(key, prompt)
    return answer.status_code, answer.json().get("error", {}).get("message", "")


async def test_a_key_is_shown_once(ada: Visit) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")
    secret = ada.secret

    await ada.look("/keys")

    assert "laptop" in ada.text
    assert secret not in ada.page.text


async def test_a_revoked_key_is_refused_at_once(ada: Visit) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")
    secret = ada.secret
    assert (await _call(ada, secret))[0] == 200
    revoke = re.findall(r'action="(/keys/[^"]+/revoke)"', ada.page.text)[0]

    await ada.send(revoke)

    assert await _call(ada, secret) == (401, "This API key was revoked.")


async def test_rotating_closes_the_old_secret_and_keeps_the_key(ada: Visit) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop", limit="5")
    old = ada.secret
    assert (await _call(ada, old))[0] == 200
    rotate = re.findall(r'action="(/keys/[^"]+/rotate)"', ada.page.text)[0]

    await ada.send(rotate)

    assert (await _call(ada, old))[0] == 401
    assert (await _call(ada, ada.secret, "another"))[0] == 200
    assert "2.80 of 5.00 credits spent" in await ada.look("/keys")


async def test_a_key_spends_no_more_than_its_limit(ada: Visit) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="small", limit="2")
    secret = ada.secret

    first = await _call(ada, secret)
    second = await _call(ada, secret, "another")

    assert first[0] == 200
    assert second == (
        403,
        "Not enough credits: this request needs 1.40, 0.60 are left within the spending limit "
        "of this API key.",
    )


async def test_what_failed_does_not_count_against_a_keys_limit(ada: Visit, house: Caller) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="small", limit="2")
    secret = ada.secret
    house.stage.scene("doomed").fail(EngineFailed("It broke."))

    assert (await _call(ada, secret, "doomed"))[0] == 500

    assert (await _call(ada, secret, "another"))[0] == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Please give the key a name"),
        ({"name": "x" * 61}, "Please give the key a name"),
        ({"name": "first key"}, "There is a key called first key already"),
        ({"name": "a", "days": "2"}, "one of the times in the list"),
        ({"name": "a", "limit": "-1"}, "a number of credits above 0"),
        ({"name": "a", "limit": "NaN"}, "a number of credits above 0"),
        ({"name": "a", "limit": "Infinity"}, "a number of credits above 0"),
        ({"name": "a", "limit": "much"}, "a number of credits above 0"),
        ({"name": "a", "limit": "0.0001"}, "a number of credits above 0"),
    ],
)
async def test_what_will_not_do_is_said(ada: Visit, fields: dict[str, str], said: str) -> None:
    await ada.look("/keys")

    text = await ada.send("/keys", **fields)

    assert ada.was_sent_back
    assert said in text


async def test_a_name_stays_text(ada: Visit) -> None:
    await ada.look("/keys")

    await ada.send("/keys", name="<script>alert(1)</script>")

    assert "<script>alert" not in ada.page.text
    assert "<script>alert(1)</script>" in ada.text


async def test_another_accounts_keys_are_not_there(ada: Visit, house: Caller) -> None:
    await ada.look("/keys")
    actions = re.findall(r'action="(/keys/[^"]+/(?:revoke|rotate))"', ada.page.text)
    eve = Visit(house.filmgate)
    await eve.register()
    await eve.acquire()

    for action in actions:
        await eve.send(action)
        assert eve.page.status_code == 404

    assert len(actions) == 2


async def test_the_api_does_not_take_the_cookie(ada: Visit) -> None:
    answer = await ada.client.post("/kling/tasks", json={"id": "x"})

    assert answer.status_code == 401
