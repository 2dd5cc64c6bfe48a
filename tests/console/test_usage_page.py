"""Credits: the numbers of the page, the API and the ledger are the same numbers."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as some

from filmgate.domain.accounts import Account, Usage
from filmgate.http.console.usage_page import bars, by_model
from tests.console.visit import Visit
from tests.http.stage import Caller


def _usage(day: int, model: str, millicredits: int) -> Usage:
    return Usage(
        day=date(2026, 1, day), model=model, n_succeeded=1, n_failed=0, seconds=5, millicredits=millicredits
    )


_USAGES = some.lists(
    some.builds(_usage, some.integers(1, 30), some.sampled_from("abc"), some.integers(0, 10**9)), max_size=40
)


@given(_USAGES)
def test_bars_and_models_add_up_to_the_same_sum(found: list[Usage]) -> None:
    total = sum(each.millicredits for each in found)

    assert sum(bar.millicredits for bar in bars(found, first=date(2026, 1, 1), days=30)) == total
    assert sum(each.millicredits for each in by_model(found).values()) == total
    assert all(0 <= bar.height <= 1 for bar in bars(found, first=date(2026, 1, 1), days=30))


async def test_page_api_and_ledger_say_the_same(ada: Visit, house: Caller) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")
    key = ada.secret
    price = (await ada.create(key, path="/kling/price", model="kling-v1-6", mode="pro")).json()["credits"]
    await ada.create(key, model="kling-v1-6", mode="pro")
    house.stage.scene("waits for ever")
    await ada.create(key, "waits for ever", callback_url="https://receiver.example/hook")

    text = await ada.look("/usage")

    assert price == "2.80"
    assert "Left 95.80 Granted 100.00 Spent 2.80 Reserved by open tasks 1.40" in text
    assert "2.80 credits in 30 days" in text
    assert "kling-v1-6 1 5 0 2.80" in text
    assert "95.80 credits" in text


async def test_the_export_has_every_line_and_adds_up(ada: Visit, house: Caller) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")
    for seed in range(3):
        await ada.create(ada.secret, seed=seed)

    answer = await ada.client.get("/usage.csv")

    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["kind"] for line in lines] == ["settle", "reserve"] * 3 + ["grant"]
    assert sum(float(line["credits"]) for line in lines) == 95.8
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_note_does_not_become_a_formula(ada: Visit, house: Caller) -> None:
    [account] = [each for each in await house.filmgate.store.people.accounts() if each.email == ada.email]
    await house.filmgate.store.credits.grant(
        account.account_id, millicredits=5, note="=1+1", now=account.created_at
    )

    answer = await ada.client.get("/usage.csv")

    assert ",'=1+1" in answer.text


async def test_nothing_spent_is_said_kindly(ada: Visit) -> None:
    assert "Nothing was spent in this time." in await ada.look("/usage?days=abc")


async def _grant_each(house: Caller, account: Account, amounts: Iterable[int]) -> None:
    for amount in amounts:
        await house.filmgate.store.credits.grant(
            account.account_id, millicredits=1000, note=f"gift {amount}", now=account.created_at
        )


async def _account_of(visit: Visit, house: Caller) -> Account:
    [account] = [each for each in await house.filmgate.store.people.accounts() if each.email == visit.email]
    return account


def _link(visit: Visit, words: str) -> str:
    found = re.search(rf'<a href="([^"#]+)#ledger"[^>]*>{words}</a>', visit.page.text)
    assert found, words
    return unescape(found[1])


async def test_the_ledger_is_read_to_its_end_by_pages(ada: Visit, house: Caller) -> None:
    await _grant_each(house, await _account_of(ada, house), range(45))

    newest = re.findall(r"gift (\d+)", await ada.look("/usage?days=7"))
    older = re.findall(r"gift (\d+)", await ada.look(_link(ada, "Older →")))
    oldest_text = await ada.look(_link(ada, "Older →"))
    again = re.findall(r"gift (\d+)", await ada.look(_link(ada, "← Newest")))

    assert [*newest, *older, *re.findall(r"gift (\d+)", oldest_text)] == [str(n) for n in range(44, -1, -1)]
    assert again == newest
    assert "Older →" not in oldest_text
    assert 'href="?days=7" aria-current="true"' in ada.page.text


async def test_the_operator_reads_an_account_s_ledger_by_the_same_pages(
    ada: Visit, boss: Visit, house: Caller
) -> None:
    account = await _account_of(ada, house)
    await _grant_each(house, account, range(30))

    await boss.look(f"/operator/accounts/{account.account_id}")
    older = re.findall(r"gift (\d+)", await boss.look(_link(boss, "Older →")))

    assert older == [str(n) for n in range(9, -1, -1)]


@pytest.mark.parametrize("before", ["0", "x", "-1", "9" * 40, "\u0665"])
async def test_no_number_of_a_line_brings_the_page_down(ada: Visit, before: str) -> None:
    await ada.look(f"/usage?before={before}")

    assert ada.page.status_code == 200


async def test_a_task_that_cost_what_was_reserved_is_not_told_to_have_cost_nothing(
    ada: Visit, house: Caller
) -> None:
    await ada.look("/keys")
    await ada.send("/keys", name="laptop")
    await ada.create(ada.secret, model="kling-v1")

    text = await ada.look("/usage")

    assert re.search(r"settled as reserved [0-9a-f]{8} \d{4}-", text)
    assert re.search(r"reserved [0-9a-f]{8} -1\.40", text)
    assert " 0.00" not in text.partition("Ledger")[2]
