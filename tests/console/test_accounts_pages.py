"""The operator gives credits and lets people in."""

import re
from datetime import UTC, datetime

import pytest

from filmgate.domain.accounts import Account
from tests.console.visit import HERE, PASSWORD, Visit
from tests.http.stage import Caller


async def _account(house: Caller, email: str) -> Account:
    [account] = [each for each in await house.filmgate.store.people.accounts() if each.email == email]
    return account


async def test_accounts_are_listed_and_found(boss: Visit, ada: Visit, house: Caller) -> None:
    other = Visit(house.filmgate)
    await other.register()

    everybody = await boss.look("/operator/accounts")
    found = await boss.look(f"/operator/accounts?q={ada.email.upper()}")

    assert everybody.index(other.email) < everybody.index(ada.email)
    assert re.search(rf"{other.email} made [\d: UTC-]+ 0.00 credits registered", everybody)
    assert re.search(rf"1 account {ada.email} made [\d: UTC-]+ 100.00 credits acquired", found)
    assert "No account matches." in await boss.look("/operator/accounts?q=%00nobody")


async def test_a_page_that_is_not_there_is_empty_or_the_first(boss: Visit) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"

    for query, told in (
        (f"older_than={nobody}", "No account matches."),
        (f"newer_than={nobody}", "operator"),
        ("older_than=٣", "operator"),
        ("newer_than=" + "9" * 5000, "operator"),
    ):
        assert told in await boss.look(f"/operator/accounts?{query}")
        assert boss.page.status_code == 200


async def test_many_accounts_are_listed_page_by_page(boss: Visit, house: Caller) -> None:
    people, now = house.filmgate.store.people, datetime.now(UTC)
    for number in range(51):
        # All of one moment: the id decides then.
        await people.register(f"crowd-{number}@example.com", "no hash", now=now)

    await boss.look("/operator/accounts?q=CROWD-")
    first = set(re.findall(r"crowd-\d+@", boss.text))
    older = re.search(r'href="([^"]+)" rel="next"', boss.page.text)
    assert older
    await boss.look(older[1].replace("&amp;", "&"))
    second = set(re.findall(r"crowd-\d+@", boss.text))

    assert "51 accounts" in boss.text
    assert (len(first), len(second), len(first | second)) == (50, 1, 51)


async def test_a_grant_is_in_the_owners_ledger_with_its_note(boss: Visit, ada: Visit, house: Caller) -> None:
    path = f"/operator/accounts/{(await _account(house, ada.email)).account_id}"
    await boss.look(path)

    text = await boss.send(f"{path}/grant", credits="12.345", note="for a <b>friend</b>")

    usage = await ada.look("/usage")
    assert "The credits are granted." in text
    assert "Left 112.345 Granted 112.345" in text
    assert "Left 112.345 Granted 112.345" in usage
    assert "for a <b>friend</b>" in usage
    assert "<b>friend" not in boss.page.text + ada.page.text


async def test_credits_are_taken_back_but_no_more_than_there_are(
    boss: Visit, ada: Visit, house: Caller
) -> None:
    path = f"/operator/accounts/{(await _account(house, ada.email)).account_id}"
    await boss.look(path)

    taken = await boss.send(f"{path}/grant", credits="-99.5", note="")
    refused = await boss.send(f"{path}/grant", credits="-0.6", note="too much")

    assert "Left 0.50" in taken
    assert "0.60 cannot be taken; the account has less." in refused
    assert boss.was_sent_back
    assert 'value="-0.6"' in boss.page.text
    assert (await _account(house, ada.email)).balance == 500


async def test_what_is_no_grant_is_refused_beside_its_field(boss: Visit, ada: Visit, house: Caller) -> None:
    path = f"/operator/accounts/{(await _account(house, ada.email)).account_id}"
    await boss.look(path)

    for amount in ("0", "much", "1.2345", "1e12", "", "NaN"):
        assert "a number other than 0" in await boss.send(f"{path}/grant", credits=amount)
        assert boss.was_sent_back
    for note in ("x" * 201, "a\0b", "two\nlines"):
        assert "one line of at most 200" in await boss.send(f"{path}/grant", credits="1", note=note)
        assert boss.was_sent_back
    assert (await _account(house, ada.email)).balance == 100_000


async def test_a_link_is_shown_once_and_lets_its_owner_choose_a_password(
    boss: Visit, ada: Visit, house: Caller
) -> None:
    path = f"/operator/accounts/{(await _account(house, ada.email)).account_id}"
    await boss.look(path)

    await boss.send(f"{path}/link")
    link = boss.secret
    again = await boss.look(path)
    owner = Visit(house.filmgate)
    await owner.look(link)
    await owner.send(link.removeprefix(HERE), email=ada.email, password=PASSWORD * 2)

    assert link.startswith(f"{HERE}/enter/")
    assert "/enter/" not in again
    assert ada.email in owner.text
    await ada.look("/usage")
    assert "Log in" in ada.text


async def test_a_form_without_its_token_changes_nothing(boss: Visit, ada: Visit, house: Caller) -> None:
    path = f"/operator/accounts/{(await _account(house, ada.email)).account_id}"
    await boss.look(path)

    for deed in ("grant", "link"):
        await boss.send(f"{path}/{deed}", credits="5", token="forged")
        assert boss.page.status_code == 403

    assert (await _account(house, ada.email)).balance == 100_000


@pytest.mark.parametrize("account_id", ["00000000-0000-0000-0000-000000000000", "nonsense"])
async def test_an_unknown_account_is_not_there(boss: Visit, account_id: str) -> None:
    await boss.look(f"/operator/accounts/{account_id}")

    assert boss.page.status_code == 404
