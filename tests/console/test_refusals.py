"""Forms that were refused: led back to, with what was typed, and told of once."""

import base64
import json

from tests.console.visit import Visit


async def test_what_was_typed_into_a_refused_form_is_still_there(ada: Visit) -> None:
    await ada.look("/keys")

    await ada.send("/keys", name="lap<b>top", days="30", limit="much")

    assert 'value="lap&lt;b&gt;top"' in ada.page.text
    assert '<option value="30" selected>' in ada.page.text
    assert 'value="much"' in ada.page.text


async def test_a_refusal_is_told_once(ada: Visit) -> None:
    await ada.look("/keys")
    told = await ada.send("/keys", name="")

    reloaded = await ada.look("/keys")

    assert "Please give the key a name" in told
    assert "Please give the key a name" not in reloaded


async def test_a_refusal_waits_for_the_page_with_its_form(ada: Visit) -> None:
    await ada.look("/keys")
    await ada.client.post("/keys", data={"token": ada.token, "name": ""})

    elsewhere = await ada.look("/account")
    there = await ada.look("/keys")

    assert "Please give the key a name" not in elsewhere
    assert "Please give the key a name" in there


async def test_a_password_is_never_kept_to_be_shown_again(visit: Visit) -> None:
    await visit.look("/register")

    answer = await visit.client.post(
        "/register", data={"token": visit.token, "email": "nobody", "password": "my own dear secret"}
    )

    kept = answer.cookies["filmgate_refused"].strip('"').partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(kept))["typed"] == {"email": "nobody"}


async def test_what_is_too_long_for_a_browser_to_keep_is_refused_all_the_same(ada: Visit) -> None:
    await ada.look("/keys")

    await ada.send("/keys", name="😀" * 3000, days="😀" * 3000, limit="😀" * 3000)

    assert ada.was_sent_back


async def test_nobody_else_writes_what_a_form_tells(ada: Visit) -> None:
    refusal = {"path": "/keys", "troubles": {"name": "Send your key to eve."}, "typed": {}}
    forged = base64.urlsafe_b64encode(json.dumps(refusal).encode()).decode()
    ada.client.cookies.set("filmgate_refused", f"{forged}.{forged}")

    assert "Send your key to eve." not in await ada.look("/keys")


async def test_who_logs_in_in_the_middle_of_a_form_comes_back_to_its_page(visit: Visit) -> None:
    await visit.look("/log-in")

    answer = await visit.client.post(
        "/keys/00000000-0000-0000-0000-000000000000/rotate",
        data={"token": visit.token},
        headers={"referer": f"{visit.origin}/keys?a=b"},
    )
    from_elsewhere = await visit.client.post("/keys", headers={"referer": "https://eve.example/keys"})

    assert answer.headers["location"] == "/log-in?next=%2Fkeys%3Fa%3Db"
    assert from_elsewhere.headers["location"] == "/log-in?next=%2F"
