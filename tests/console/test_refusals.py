"""Forms that were refused: led back to, with what was typed, and told of once."""

import base64
import json
from collections.abc import Mapping

import httpx
import pytest

from filmgate.http.console.refusals import Refusal, sealed, unsealed
from tests.console.visit import Visit
from tests.http.stage import Caller


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


@pytest.mark.parametrize(
    "troubles",
    [
        {"name": "x" * 5000},
        {f"field_{number}": "🎬 will not do. " * 20 for number in range(40)},
        {"🎬" * 2000: "🎬" * 2000},
    ],
)
def test_however_much_is_wrong_a_browser_keeps_some_of_it(troubles: Mapping[str, str]) -> None:
    refusal = Refusal(path="/keys", troubles=troubles, typed={"name": "🎬" * 5000})

    cookie = sealed(refusal, secret="a secret")

    assert len(cookie) < 4096 - len("__Host-filmgate_refused=")
    told = unsealed(cookie, path="/keys", secret="a secret").troubles
    assert told
    assert all("would" in message or "…" in message or "will not do" in message for message in told.values())


def test_a_single_long_trouble_is_told_as_far_as_it_fits() -> None:
    cookie = sealed(Refusal(path="/keys", troubles={"name": "It is no name. " * 400}), secret="a secret")

    told = unsealed(cookie, path="/keys", secret="a secret").troubles

    assert list(told) == ["name"]
    assert told["name"].startswith("It is no name. ")


async def test_a_one_time_link_tells_what_was_wrong_and_is_not_written_into_the_cookie(
    operator: Caller,
) -> None:
    secret = await operator.filmgate.claim()
    visit = Visit(operator.filmgate)
    await visit.look(f"/enter/{secret}")

    answer = await visit.client.post(
        f"/enter/{secret}", data={"token": visit.token, "email": "op@example.com", "password": "short"}
    )
    told = await visit.look(f"/enter/{secret}")
    again = await visit.look(f"/enter/{secret}")

    kept = answer.cookies["filmgate_refused"].strip('"').partition(".")[0]
    assert secret is not None
    assert secret not in base64.urlsafe_b64decode(kept).decode()
    assert "at least 10 characters" in told
    assert 'value="op@example.com"' not in again
    assert "at least 10 characters" not in again


def test_what_was_wrong_on_one_page_is_not_told_on_another() -> None:
    cookie = sealed(Refusal(path="/keys", troubles={"name": "a trouble"}), secret="a secret")

    assert unsealed(cookie, path="/account", secret="a secret") == Refusal()


async def test_who_logs_in_in_the_middle_of_a_form_comes_back_to_its_page(visit: Visit) -> None:
    await visit.look("/log-in")
    visit.client.cookies.set("filmgate_session", "one that has ended")

    answer = await visit.client.post(
        "/keys/00000000-0000-0000-0000-000000000000/rotate",
        data={"token": visit.token},
        headers={"referer": f"{visit.origin}/keys?a=b"},
    )
    from_elsewhere = await visit.client.post("/keys", headers={"referer": "https://eve.example/keys"})

    assert answer.headers["location"] == "/log-in?next=%2Fkeys%3Fa%3Db&unsent=ended"
    assert from_elsewhere.headers["location"] == "/log-in?next=%2F&unsent=ended"
    assert "You were logged out in the meantime" in await visit.look(answer.headers["location"])
    assert "You were logged out in the meantime" not in await visit.look("/log-in?next=%2Fkeys")


async def test_who_never_logged_in_is_asked_to_log_in_first(visit: Visit) -> None:
    answer = await visit.client.post("/keys", headers={"referer": f"{visit.origin}/keys"})

    told = await visit.look(answer.headers["location"])
    assert answer.headers["location"] == "/log-in?next=%2Fkeys&unsent=first"
    assert "what you sent last was not done. Log in first" in told
    assert "logged out" not in told


async def test_an_outdated_form_leads_back_to_its_page(visit: Visit) -> None:
    await visit.register()
    await visit.look("/keys")

    answer = await visit.client.post(
        "/acquire", data={"token": "outdated"}, headers={"referer": f"{visit.origin}/usage?days=7"}
    )
    visit.client.cookies.clear()
    logged_out = await visit.client.post(
        "/acquire", data={"token": "outdated"}, headers={"referer": f"{visit.origin}/usage?days=7"}
    )

    assert answer.status_code == logged_out.status_code == 403
    assert 'href="/usage?days=7">Back to the page</a>' in answer.text
    assert "Log in</a>" not in answer.text
    assert 'href="/log-in?next=%2Fusage%3Fdays%3D7">Log in</a>' in logged_out.text


async def test_logging_out_of_a_session_that_ended_elsewhere_is_no_failure(visit: Visit) -> None:
    await visit.register()
    kept = dict(visit.client.cookies)
    await visit.look("/account")
    token = visit.token
    await visit.send("/log-out")
    visit.client.cookies = httpx.Cookies(kept)

    answer = await visit.client.post("/log-out", data={"token": token})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
