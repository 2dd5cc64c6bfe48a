"""What the operator watches over, and nobody else."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID, uuid4

import pytest

from filmgate.domain.accounts import AccountId
from filmgate.domain.roster import Listing
from filmgate.domain.tasks import FileKind
from filmgate.http.console.oversight_pages import by_kind, engine_work, keepers
from filmgate.ports import Figures, OpenTasks, Stored
from tests.console.visit import Visit
from tests.http.stage import Caller

_PAGES = ("/operator", "/operator/accounts", "/operator/failures", "/operator/storage")
_NOBODY = UUID(int=0)


async def _break(house: Caller, task_id: str, **columns: object) -> None:
    """Have a finished task be one that failed in this way."""
    values = {"status": "failed", "failure_code": "api_error", "failure_message": "It broke."} | columns
    named = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, start=2))
    await house.filmgate.store.database.fetch(
        f"UPDATE task SET {named} WHERE task_id = $1::uuid", task_id, *values.values()
    )


async def _made(ada: Visit, prompt: str) -> str:
    await ada.look("/keys")
    await ada.send("/keys", name=prompt)
    return str((await ada.create(ada.secret, prompt)).json()["task_id"])


@pytest.mark.parametrize("page", [*_PAGES, f"/operator/accounts/{_NOBODY}", "/operator/accounts/nonsense"])
async def test_to_anybody_else_the_pages_are_not_there(ada: Visit, house: Caller, page: str) -> None:
    await ada.look(page)
    stranger = Visit(house.filmgate)

    assert ada.page.status_code == 404
    assert "/log-in?next=" in (await stranger.client.get(page)).headers["location"]


@pytest.mark.parametrize("deed", ["grant", "link"])
async def test_nobody_else_grants_or_makes_links(ada: Visit, house: Caller, deed: str) -> None:
    operator_id = house.filmgate.store.operator_id
    await ada.look("/keys")

    await ada.send(f"/operator/accounts/{operator_id}/{deed}", credits="5")

    assert ada.page.status_code == 404
    assert "/enter/" not in ada.page.text


async def test_the_operator_sees_work_as_it_goes_on(boss: Visit, house: Caller) -> None:
    scene = house.stage.scene("watched by the operator")
    task_id = await house.begin("watched by the operator")
    await scene.begun.wait()

    text = await boss.look("/operator")

    assert "Nothing waits." in text
    assert re.search(r"stage well 1 0 1 \d+ \d+ 64 x 1 given every model", text), text
    assert "Every model goes to stage" in text
    assert 'data-live="' in boss.page.text
    scene.finish()
    await house.ended(task_id)


async def test_an_engine_that_ails_says_why(boss: Visit, house: Caller) -> None:
    database = house.filmgate.store.database
    worker_id = uuid4()
    ailing = {"far": "<b>It is away.</b>"}
    await database.fetch("INSERT INTO worker VALUES ($1, '{far}', now(), $2)", worker_id, ailing)

    text = await boss.look("/operator")
    await database.fetch("DELETE FROM worker WHERE worker_id = $1", worker_id)

    assert "far ails <b>It is away.</b> 1 0 0 0 0 not configured on this server" in text.replace("  ", " ")
    assert "<b>It is away." not in boss.page.text


async def test_failures_of_all_accounts_are_told_with_trace_and_upstream(
    boss: Visit, ada: Visit, house: Caller
) -> None:
    task_id = await _made(ada, "a sea that broke")
    setback = {
        "attempt": 1,
        "engine": "far",
        "at": "2026-01-01T12:00:00Z",
        "reason": "the upstream failed",
        "upstream": {"code": "E42", "message": "<i>no film</i>"},
    }
    await _break(house, task_id, setbacks=[setback])

    text = await boss.look("/operator/failures")

    record = await house.filmgate.store.database.row(
        "SELECT trace_id FROM task WHERE task_id = $1::uuid", task_id
    )
    assert record is not None
    assert f"Task {task_id} · trace {record['trace_id']}" in text
    assert "api_error It broke." in text
    assert ada.email in text
    assert "far: the upstream failed The upstream said: E42 <i>no film</i>" in text
    assert "<i>no film" not in boss.page.text
    assert "a sea that broke" not in text


async def test_what_may_have_been_made_unseen_stands_first(boss: Visit, ada: Visit, house: Caller) -> None:
    task_id = await _made(ada, "a sea out of sight")
    await _break(house, task_id, outcome_unknown=True)

    text = await boss.look("/operator/failures")

    assert text.index("Outcome unknown") < text.index(task_id) < text.index("Failed in the last 7 days")
    assert text.count(task_id) == 1


async def test_what_its_owner_cancelled_is_no_failure(boss: Visit, ada: Visit, house: Caller) -> None:
    task_id = await _made(ada, "a sea that nobody wanted")
    await _break(house, task_id, failure_code="cancelled")

    assert task_id not in await boss.look("/operator/failures")


async def test_storage_is_summed_by_kind_and_account(boss: Visit, ada: Visit, house: Caller) -> None:
    task_id = await _made(ada, "a sea that is large")
    await house.filmgate.store.database.fetch(
        "UPDATE artefact SET n_bytes = 7000000000000 WHERE task_id = $1::uuid AND kind = 'clip'", task_id
    )

    text = await boss.look("/operator/storage")

    assert f"{ada.email} 2 7.0 TB" in text
    assert re.search(r"Videos [\d,]+ 7\.0 TB", text)
    assert re.search(r"Free on the disk of the data folder [\d.]+ [GTM]B", text)


def test_engines_are_told_in_their_order_and_strangers_after_them() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    roster = [
        Listing(name=name, kind="animatic", slots=1, factor=Fraction(1), models=("*",)) for name in "ba"
    ]
    figures = Figures(
        open=[OpenTasks(engine="old", status="waiting", n_tasks=3, reserved=1, oldest=moment)],
        ended={("a", "succeeded"): 5, ("a", "failed"): 2, ("gone", "failed"): 1},
        deliveries={},
        workers={"a": 2, "far": 1},
        expected={"a", "far"},
        leftovers={},
    )

    found = engine_work(roster, figures, live={"a": None, "far": "away"})

    assert [(each.name, each.health) for each in found] == [
        ("b", "no worker"),
        ("a", "well"),
        ("far", "ails: away"),
        ("old", "no worker"),
        ("gone", "no worker"),
    ]
    assert (found[1].n_workers, found[1].n_done, found[1].n_failed) == (2, 5, 2)
    assert (found[3].n_waiting, found[3].listing) == (3, None)


def test_what_is_kept_adds_up_and_the_largest_comes_first() -> None:
    small, large = AccountId(uuid4()), AccountId(uuid4())
    stored = [
        Stored(account_id=small, kind=FileKind.CLIP, n_files=1, n_bytes=10),
        Stored(account_id=large, kind=FileKind.CLIP, n_files=2, n_bytes=15),
        Stored(account_id=large, kind=FileKind.POSTER, n_files=2, n_bytes=4),
    ]

    assert [(each.account_id, each.n_files, each.n_bytes) for each in keepers(stored)] == [
        (large, 4, 19),
        (small, 1, 10),
    ]
    assert list(by_kind(stored).values()) == [(3, 25), (2, 4), (0, 0)]
