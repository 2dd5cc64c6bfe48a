"""What Prometheus is told, and who else is."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from filmgate.domain.accounts import KeyTerms
from filmgate.http.meter import PrometheusMeter
from filmgate.ports import Figures
from filmgate.store.census import COUNT
from tests.http.conftest import working
from tests.http.stage import Caller, HandWoundClock


def _read(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """The samples by name and label values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def _scrape(caller: Caller) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = await caller.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return _read(answer.text)


async def test_what_waits_runs_and_ended_is_told_by_engine(database_url: str, tmp_path: Path) -> None:
    clock = HandWoundClock()
    async with working(database_url, tmp_path, clock=clock) as caller:
        scene = caller.stage.scene("long")
        await caller.create()
        held = asyncio.create_task(caller.create("long"))
        await asyncio.wait_for(scene.begun.wait(), 10)
        clock.advance(timedelta(seconds=90))
        told = await _scrape(caller)
        scene.finish()
        await held

    assert told["filmgate_tasks", ("stage", "running")] == 1
    assert told["filmgate_tasks_ended_last_hour", ("stage", "succeeded")] == 1
    assert told["filmgate_credits_reserved", ("stage", "running")] == 1.4
    assert told["filmgate_credits_settled_total", ("stage",)] == 1.4
    assert told["filmgate_attempts_total", ("stage", "succeeded")] == 1
    assert told["filmgate_render_seconds_count", ("stage",)] == 1
    assert told["filmgate_held_requests", ()] == 1
    assert told["filmgate_workers", ("stage",)] == 1
    assert told["filmgate_database_up", ()] == 1
    assert told["filmgate_http_requests_total", ("/kling/videos", "200")] == 1


async def test_the_queue_is_told_by_its_depth_and_its_oldest(operator: Caller) -> None:
    # Nobody works for this engine, so what is queued for it waits.
    task_id = await operator.begin("a quiet sea")
    await operator.ended(task_id)
    await operator.filmgate.store.database.fetch(
        """UPDATE task SET engine = 'away', status = 'waiting', finished_at = NULL,
            created_at = now() - interval '5 minutes'"""
    )

    told = await _scrape(operator)

    assert told["filmgate_tasks", ("away", "waiting")] == 1
    assert 300 <= told["filmgate_queue_oldest_seconds", ("away",)] < 400


async def test_deliveries_are_told_by_how_they_fare(operator: Caller) -> None:
    states = ["waiting", "retrying", "delivered", "given_up"]
    for state in states:
        task_id = await operator.begin(state, callback_url="https://receiver.example/hook")
        await operator.ended(task_id)
        await operator.filmgate.store.database.fetch(
            """UPDATE delivery SET n_posts = CASE $2 WHEN 'waiting' THEN 0 ELSE 3 END,
                delivered_at = CASE $2 WHEN 'delivered' THEN now() END,
                given_up_at = CASE $2 WHEN 'given_up' THEN now() END
            WHERE task_id = $1""",
            task_id,
            state,
        )

    told = await _scrape(operator)

    assert [told["filmgate_deliveries", (state,)] for state in states] == [1, 1, 1, 1]


async def test_what_is_still_to_be_deleted_upstream_is_told_by_engine(operator: Caller) -> None:
    await operator.create("ordered elsewhere")
    await operator.filmgate.store.database.fetch(
        """UPDATE task SET leftover_at = now() + interval '1 day'
        WHERE request ->> 'prompt' = 'ordered elsewhere'"""
    )

    told = await _scrape(operator)

    assert told["filmgate_leftovers", ("stage",)] == 1


async def test_a_scrape_reads_no_table_from_end_to_end(operator: Caller) -> None:
    database = operator.filmgate.store.database
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {COUNT}", datetime.now(UTC), timedelta(seconds=15))

    lines = "\n".join(row[0] for row in plan)
    for index in ("task_open", "task_ended", "delivery_open", "delivery_closed", "task_leftover"):
        assert index in lines


async def test_without_the_database_this_process_is_still_told_of(operator: Caller) -> None:
    meter = PrometheusMeter()

    told = _read(meter.exposition(None, n_held=2, now=datetime.now(UTC)).decode())

    assert told["filmgate_database_up", ()] == 0
    assert told["filmgate_held_requests", ()] == 2
    assert not any(name == "filmgate_tasks" for name, _ in told)


def test_labels_that_need_escapes_are_read_back() -> None:
    strange = 'a "quoted"\\ engine\n'
    figures = Figures(
        open=(), ended={(strange, "failed"): 2}, deliveries={}, workers={}, expected=set(), leftovers={}
    )

    told = _read(PrometheusMeter().exposition(figures, n_held=0, now=datetime.now(UTC)).decode())

    assert told["filmgate_tasks_ended_last_hour", (strange, "failed")] == 2


async def _status(caller: Caller, *, peer: str, host: str, headers: dict[str, str]) -> int:
    transport = httpx.ASGITransport(caller.filmgate.http, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as client:
        return (await client.get("/metrics")).status_code


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"peer": "::1", "host": "[::1]:8000"}, 200),
        ({"host": "localhost:8000"}, 200),
        ({"peer": "192.0.2.7"}, 401),
        ({"host": "films.example"}, 401),
        ({"headers": {"x-forwarded-for": "192.0.2.7"}}, 401),
        ({"headers": {"forwarded": "for=192.0.2.7"}}, 401),
        ({"peer": "10.1.2.3", "host": "filmgate:8000"}, 200),
        ({"peer": "10.1.2.3", "headers": {"x-forwarded-for": "127.0.0.1"}}, 401),
        ({"peer": "192.0.2.7", "headers": {"authorization": "Bearer nonsense"}}, 401),
    ],
)
async def test_metrics_are_told_to_this_machine_and_to_named_networks(
    database_url: str, tmp_path: Path, asked: dict[str, Any], status: int
) -> None:
    async with working(database_url, tmp_path, metrics_allow="10.0.0.0/8") as caller:
        request = {"peer": "127.0.0.1", "host": "127.0.0.1:8000", "headers": {}} | asked

        assert await _status(caller, **request) == status


async def test_an_operators_key_opens_metrics_from_anywhere_and_nobody_elses(operator: Caller) -> None:
    store = operator.filmgate.store
    account_id = uuid4()
    await store.database.fetch(
        """INSERT INTO account (account_id, name, webhook_secrets, created_at)
        VALUES ($1, 'guest', '{whsec_dGVzdA==}', now())""",
        account_id,
    )
    await store.database.fetch(
        "INSERT INTO application VALUES ($1, $2, 'kling-videos', now())", uuid4(), account_id
    )
    _, guest = await store.accounts.create_key(
        KeyTerms(name="guest"),
        account_id=account_id,  # type: ignore[arg-type]
        now=datetime.now(UTC),
    )

    statuses = [
        await _status(
            operator,
            peer="192.0.2.7",
            host="films.example",
            headers={"authorization": f"Bearer {key}", "x-forwarded-for": "192.0.2.9"},
        )
        for key in (operator.key, guest)
    ]

    assert statuses == [200, 400]


async def test_a_server_with_a_public_url_tells_nobody_on_loopback_without_a_key(
    database_url: str, tmp_path: Path
) -> None:
    # A proxy on this machine may relay a request without a word of it.
    async with working(database_url, tmp_path, public_url="https://films.example") as caller:
        assert await _status(caller, peer="127.0.0.1", host="127.0.0.1:8000", headers={}) == 401
