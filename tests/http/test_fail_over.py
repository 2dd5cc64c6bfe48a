"""Engines that take no job or none of a kind, as callers and the operator meet it."""

from pathlib import Path

import httpx
import pytest

from filmgate.app.whole import open_filmgate
from filmgate.domain.errors import NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.settings import Settings
from tests.http.conftest import working
from tests.http.stage import Caller, Stage


def first_that_says(error: Exception) -> Stage:
    """A stage that makes nothing of a quiet sea, and nothing impossible."""
    first = Stage("first")
    first.scene("a quiet sea").fail(error)  # type: ignore[arg-type]
    return first


async def test_a_job_that_the_first_engine_does_not_take_is_made_by_the_second(
    database_url: str, tmp_path: Path
) -> None:
    first = first_that_says(NotAccepted("The upstream is full.").quoting(1303, "no room"))
    async with working(database_url, tmp_path, before=[first]) as caller:
        answer = await caller.create()
        record = await caller.record(answer.json()["task_id"])

    assert answer.status_code == 200
    assert (len(first.rendered), len(caller.stage.rendered)) == (1, 1)
    assert record["engine"] == "stage"
    [setback] = record["setbacks"]
    assert setback == {
        "attempt": 1,
        "engine": "first",
        "at": setback["at"],
        "reason": "The upstream is full.",
        "upstream": {"code": "1303", "message": "no room"},
    }


async def test_what_an_upstream_said_is_the_operators_alone_to_read(
    database_url: str, tmp_path: Path
) -> None:
    first = first_that_says(NotAccepted("The upstream is full.").quoting(1303, "no room"))
    async with working(database_url, tmp_path, before=[first]) as caller:
        answer = await caller.create()
        await caller.filmgate.store.database.fetch("UPDATE account SET is_operator = false")
        async with open_filmgate(caller.filmgate.settings, engines=[caller.stage]) as later:
            somebody = Caller(later, caller.stage, key=caller.key)
            record = await somebody.record(answer.json()["task_id"])
            await somebody.client.aclose()

    assert record["engine"] == "stage"
    assert "setbacks" not in record


async def test_an_upstreams_policy_is_answered_403(database_url: str, tmp_path: Path) -> None:
    first = first_that_says(PolicyRefusal("The upstream's content policy refuses the prompt."))
    async with working(database_url, tmp_path, before=[first]) as caller:
        answer = await caller.create()

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert caller.stage.rendered == []


async def test_an_unknown_outcome_is_told_in_the_same_words_each_time(
    database_url: str, tmp_path: Path
) -> None:
    async with working(database_url, tmp_path, before=[first_that_says(OutcomeUnknown())]) as caller:
        answer = await caller.create()

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["message"]) == (500, "api_error", "outcome unknown")
    assert caller.stage.rendered == []


async def test_what_the_first_engine_cannot_honour_goes_to_one_that_can(
    database_url: str, tmp_path: Path
) -> None:
    first, able = Stage("first"), Stage("able")
    able.objections = lambda request, spec: ()  # type: ignore[method-assign]
    async with working(database_url, tmp_path, before=[first, able]) as caller:
        answer = await caller.create("impossible")

    assert answer.status_code == 200
    assert (len(first.rendered), len(able.rendered)) == (0, 1)


@pytest.mark.parametrize(("factor", "credits_"), [("1.5", "2.10"), ("0.5", "0.70"), ("0", "0.00")])
async def test_the_price_is_the_chosen_engines(
    database_url: str, tmp_path: Path, factor: str, credits_: str
) -> None:
    config = tmp_path / "filmgate.toml"
    config.write_text(
        f'[engines.dear]\nkind = "animatic"\nprice_factor = {factor}\n'
        '[[routes]]\nmodels = ["*"]\nengines = ["dear"]\n'
    )
    settings = Settings.model_validate({"database_url": database_url, "data": tmp_path, "config": config})
    async with open_filmgate(settings) as filmgate:
        transport, key = httpx.ASGITransport(filmgate.http), filmgate.local_key
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://films.example", headers=headers
        ) as client:
            price = (await client.post("/kling/price", json={"prompt": "a quiet sea"})).json()
            body = {"prompt": "a quiet sea", "async": True}
            task_id = (await client.post("/kling/videos", json=body)).json()["task_id"]
            record = (await client.post("/kling/tasks", json={"id": task_id})).json()

    assert price["credits"] == credits_
    assert price["breakdown"][-1]["item"] == f"engine, x {factor}"
    assert record["credits"]["reserved"] == credits_
