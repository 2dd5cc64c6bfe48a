"""Credits: the numbers of the page, the API and the ledger are the same numbers."""

import csv
import io
from datetime import date

from hypothesis import given
from hypothesis import strategies as some

from filmgate.domain.accounts import Usage
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
