"""Registering, logging in and out, and who is kept out."""

import re
from pathlib import Path

import httpx
import pytest

from tests.console.visit import HERE, PASSWORD, Visit
from tests.http.conftest import working
from tests.http.stage import Caller


async def test_who_registers_is_logged_in_and_back_where_they_were(visit: Visit) -> None:
    await visit.look("/keys")
    assert visit.page.url.path == "/log-in"
    await visit.look(re.sub("^/log-in", "/register", str(visit.page.url.raw_path, "ascii")))

    await visit.send(
        str(visit.page.url.raw_path, "ascii"), email=f" {visit.email.title()} ", password=PASSWORD
    )

    assert visit.page.url.path == "/keys"
    assert visit.email in visit.text


@pytest.mark.parametrize("path", ["/log-in", "/register"])
async def test_who_is_logged_in_already_is_led_on(visit: Visit, path: str) -> None:
    await visit.register()

    onward = await visit.client.get(path, params={"next": "/keys?a=b"})
    home = await visit.client.get(path)

    assert (onward.status_code, onward.headers["location"]) == (303, "/keys?a=b")
    assert home.headers["location"] == "/"


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "x"])
async def test_logging_in_leads_only_to_places_of_ours(visit: Visit, next_page: str) -> None:
    await visit.register()

    answer = await visit.client.get("/log-in", params={"next": next_page})

    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", PASSWORD, "Please enter an e-mail address"),
        ("a@b@c", PASSWORD, "Please enter an e-mail address"),
        ("ada@example.com", "short", "at least 10 characters"),
        ("ada@example.com", "x" * 257, "at most 256 characters"),
        ("ada@example.com", "aaaaaaaaaaaa", "too easy to guess"),
        ("ada@example.com", "ADA@example.com", "too easy to guess"),
    ],
)
async def test_what_will_not_do_is_said_beside_its_field(
    visit: Visit, email: str, password: str, said: str
) -> None:
    await visit.look("/register")

    await visit.send("/register", email=email, password=password)

    assert visit.was_sent_back
    assert said in visit.text
    assert password not in visit.page.text


async def test_an_e_mail_has_one_account(visit: Visit, house: Caller) -> None:
    await visit.register()
    other = Visit(house.filmgate)
    await other.look("/register")

    text = await other.send("/register", email=visit.email.upper(), password=PASSWORD)

    assert "There is an account with this e-mail already" in text


async def test_a_wrong_password_and_an_unknown_e_mail_look_the_same(visit: Visit, house: Caller) -> None:
    await visit.register()
    other = Visit(house.filmgate)

    wrong = await other.log_in(email=visit.email, password="a wrong password")
    unknown = await other.log_in(email=other.email, password="a wrong password")

    assert "E-mail and password do not fit each other." in wrong
    assert unknown == wrong


async def test_guessing_is_stopped_and_even_the_right_password_has_to_wait(
    visit: Visit, house: Caller
) -> None:
    await visit.register()
    other = Visit(house.filmgate)
    for _ in range(10):
        await other.log_in(email=visit.email, password="a wrong password")

    text = await other.log_in(email=visit.email)

    assert other.was_sent_back
    assert "too many failed attempts" in text


async def test_registrations_from_one_address_are_limited(house: Caller) -> None:
    for _ in range(10):
        await Visit(house.filmgate, address="127.9.9.9").register()
    one_more = Visit(house.filmgate, address="127.9.9.9")
    await one_more.look("/register")

    await one_more.send("/register", email=one_more.email, password=PASSWORD)

    assert one_more.was_sent_back


async def test_logging_out_ends_the_session_itself(visit: Visit) -> None:
    await visit.register()
    kept = dict(visit.client.cookies)
    await visit.look("/account")
    await visit.send("/log-out")

    visit.client.cookies = httpx.Cookies(kept)

    await visit.look("/account")
    assert visit.page.url.path == "/log-in"


async def test_a_new_password_logs_every_other_browser_out(visit: Visit, house: Caller) -> None:
    await visit.register()
    other = Visit(house.filmgate)
    await other.log_in(email=visit.email)

    await visit.look("/account")
    wrong = await visit.send("/account/password", old_password="not this one", password="another password")
    right = await visit.send("/account/password", old_password=PASSWORD, password="another password")

    assert "This is not your current password." in wrong
    assert "Your password is changed" in right
    await other.look("/account")
    assert other.page.url.path == "/log-in"


async def test_another_browser_can_be_logged_out(visit: Visit, house: Caller) -> None:
    await visit.register()
    other = Visit(house.filmgate)
    await other.log_in(email=visit.email)
    await visit.look("/account")
    [end] = re.findall(r'action="(/account/sessions/[^"]+/end)"', visit.page.text)

    stranger = Visit(house.filmgate)
    await stranger.register()
    await stranger.send(end)
    await other.look("/account")
    assert other.page.url.path == "/account"

    await visit.send(end)
    await other.look("/account")
    assert other.page.url.path == "/log-in"


@pytest.mark.parametrize("token", ["", "x", "é"])
async def test_a_form_from_elsewhere_is_refused(visit: Visit, token: str) -> None:
    await visit.register()

    await visit.send("/log-out", token=token)

    assert visit.page.status_code == 403
    await visit.look("/account")
    assert visit.page.url.path == "/account"


async def test_a_form_with_a_stolen_token_but_another_origin_is_refused(visit: Visit) -> None:
    await visit.register()
    token, visit.origin = visit.token, "https://evil.example"

    await visit.send("/log-out", token=token)

    assert visit.page.status_code == 403


async def test_a_form_on_another_site_logs_nobody_out(visit: Visit) -> None:
    await visit.register()
    # Browsers send it without the cookie, and would keep to what the answer says of it.
    visit.client.cookies.clear()

    answer = await visit.client.post("/log-out", headers={"origin": "https://evil.example"})

    assert "set-cookie" not in answer.headers


async def test_cookies_are_for_this_site_and_not_for_scripts(visit: Visit) -> None:
    await visit.look("/register")
    answer = await visit.client.post(
        "/register", data={"token": visit.token, "email": visit.email, "password": PASSWORD}
    )

    cookie = next(each for each in answer.headers.get_list("set-cookie") if "filmgate_session" in each)

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


async def test_behind_tls_cookies_are_secure(database_url: str, tmp_path: Path) -> None:
    async with working(
        database_url, tmp_path, public_url="https://films.example", registration="open"
    ) as caller:
        visit = Visit(caller.filmgate, origin="https://films.example")
        await visit.look("/register")
        answer = await visit.client.post(
            "/register", data={"token": visit.token, "email": visit.email, "password": PASSWORD}
        )

        cookies = answer.headers.get_list("set-cookie")

    assert any(each.startswith("__Host-filmgate_session=") and "Secure" in each for each in cookies)


async def test_who_comes_from_elsewhere_cannot_register(house: Caller) -> None:
    outside = Visit(house.filmgate, origin="http://films.example", address="203.0.113.7")

    text = await outside.look("/register")

    assert outside.page.status_code == 403
    assert "Registration is closed here" in text
    assert "Register" not in await outside.look("/log-in")


async def test_the_operators_account_is_claimed_once_by_its_link(operator: Caller) -> None:
    visit = Visit(operator.filmgate)
    secret = await operator.filmgate.claim()
    await visit.look(f"/enter/{secret}")
    await visit.send(f"/enter/{secret}", email="op@example.com", password=PASSWORD)
    assert "op@example.com" in visit.text

    again = Visit(operator.filmgate)
    await again.look(f"/enter/{secret}")

    assert again.page.status_code == 410
    assert await operator.filmgate.claim() is None


async def test_a_newer_link_voids_the_older(operator: Caller) -> None:
    visit = Visit(operator.filmgate)
    older = await operator.filmgate.claim()
    newer = await operator.filmgate.claim()

    await visit.look(f"/enter/{older}")
    assert visit.page.status_code == 410
    await visit.look(f"/enter/{newer}")
    assert visit.page.status_code == 200


async def test_pages_let_nothing_in_from_elsewhere(visit: Visit) -> None:
    await visit.look("/")

    policy = visit.page.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "access-control-allow-origin" not in visit.page.headers
    assert HERE in str(visit.page.url)


async def test_a_link_that_lets_somebody_in_is_not_written_to_the_log(
    operator: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = await operator.filmgate.claim()
    assert secret is not None

    await Visit(operator.filmgate).look(f"/enter/{secret}")

    logged = capsys.readouterr()
    assert f"/enter/{secret[:4]}…" in logged.out + logged.err
    assert secret not in logged.out + logged.err


async def test_a_failed_log_in_does_not_forget_where_to_go_on(visit: Visit) -> None:
    await visit.look("/log-in?next=%2Fkeys")

    await visit.send("/log-in?next=%2Fkeys", email=visit.email, password="a wrong password")

    assert 'href="/register?next=%2Fkeys"' in visit.page.text


@pytest.mark.parametrize("path", ["/dashboard", "/tasks/mistyped"])
async def test_a_browser_that_is_lost_is_led_to_the_first_page_and_a_program_is_told_in_json(
    visit: Visit, path: str
) -> None:
    seen = await visit.client.get(path, headers={"accept": "text/html,*/*;q=0.8"})
    told = await visit.client.get(path, headers={"accept": "*/*"})

    assert (seen.status_code, told.status_code) == (404, 404)
    assert '<a href="/">To the first page</a>' in seen.text
    assert "style-src 'sha256-" in seen.headers["content-security-policy"]
    assert told.json()["error"]["code"] == "no_api"
