"""`POST /kling/deliveries`: every post of a callback, and sending it again; nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from filmgate.domain.callbacks import Receipt
from filmgate.domain.tasks import TaskId
from filmgate.http.kling.delivery_schema import DeliveryRecord
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.http.stage import Caller
from tests.http.test_refusals import refusal

DELIVERIES = "/kling/deliveries"
URL = "http://receiver.example/hook"


async def _ended_task(caller: Caller) -> str:
    task_id = await caller.begin("a quiet sea", callback_url=URL)
    await caller.ended(task_id)
    return task_id


async def _post(caller: Caller, task_id: str, status: int | None, *, again_in: timedelta | None) -> None:
    """Record a post as if it had been made; the real ones are made in other tests."""
    deliveries = PostgresDeliveryStore(caller.filmgate.store.database)
    log = await deliveries.log(TaskId(UUID(task_id)), account_id=caller.filmgate.store.operator_id)
    assert log is not None
    reason = "did not answer within 15 s" if status is None else f"answered {status}"
    receipt = Receipt(status=status, reason=reason, elapsed=timedelta(milliseconds=1234))
    await deliveries.record_receipt(log.delivery, receipt, again_in=again_in, now=datetime.now(UTC))


async def test_every_post_is_told_with_its_status_and_time(operator: Caller) -> None:
    task_id = await _ended_task(operator)
    await _post(operator, task_id, None, again_in=timedelta(seconds=5))
    await _post(operator, task_id, 503, again_in=timedelta(minutes=5))

    record = (await operator.post(DELIVERIES, {"task_id": task_id})).json()

    DeliveryRecord.model_validate(record)
    first, second = record["posts"]
    assert (record["task_id"], record["callback_url"], record["state"]) == (task_id, URL, "pending")
    assert record["next_post_at"] == pytest.approx(datetime.now(UTC).timestamp() + 300, abs=30)
    assert "ended_at" not in record
    assert (first["number"], first["reason"]) == (1, "did not answer within 15 s")
    assert "status" not in first
    assert (second["number"], second["status"], second["elapsed_ms"]) == (2, 503, 1234)


@pytest.mark.parametrize(("status", "state"), [(204, "delivered"), (410, "given_up")])
async def test_a_closed_delivery_says_how_and_when(operator: Caller, status: int, state: str) -> None:
    task_id = await _ended_task(operator)
    await _post(operator, task_id, status, again_in=None)

    record = (await operator.post(DELIVERIES, {"id": task_id})).json()

    assert (record["state"], record["posts"][0]["status"]) == (state, status)
    assert record["ended_at"] >= record["created_at"]
    assert "next_post_at" not in record


async def test_a_replay_is_due_at_once_under_the_same_id(operator: Caller) -> None:
    task_id = await _ended_task(operator)
    await _post(operator, task_id, 410, again_in=None)
    before = (await operator.post(DELIVERIES, {"task_id": task_id})).json()

    answer = await operator.post(DELIVERIES, {"action": "replay", "task_id": task_id})

    after = (await operator.post(DELIVERIES, {"task_id": task_id})).json()
    assert answer.json() == {"task_id": task_id, "replayed": True}
    assert (after["id"], after["state"], after["posts"]) == (before["id"], "pending", before["posts"])
    assert after["next_post_at"] == pytest.approx(datetime.now(UTC).timestamp(), abs=30)


async def test_a_task_without_a_callback_has_no_delivery(operator: Caller) -> None:
    task_id = (await operator.create()).json()["task_id"]

    shown = await operator.post(DELIVERIES, {"task_id": task_id})
    replayed = await operator.post(DELIVERIES, {"action": "replay", "task_id": task_id})

    assert shown.json() == {}
    assert replayed.json() == {"task_id": task_id, "replayed": False}


async def test_another_accounts_delivery_is_unknown(operator: Caller) -> None:
    task_id = await _ended_task(operator)
    await _post(operator, task_id, 204, again_in=None)
    await _give_to_another_account(operator, task_id)

    shown = await operator.post(DELIVERIES, {"task_id": task_id})
    replayed = await operator.post(DELIVERIES, {"action": "replay", "task_id": task_id})

    assert shown.json() == {}
    assert replayed.json() == {"task_id": task_id, "replayed": False}


async def _give_to_another_account(caller: Caller, task_id: str) -> None:
    database, account_id = caller.filmgate.store.database, uuid4()
    await database.fetch(
        """INSERT INTO account (account_id, name, webhook_secrets, created_at)
        VALUES ($1, 'another', '{whsec_dGVzdA==}', now())""",
        account_id,
    )
    await database.fetch("UPDATE delivery SET account_id = $1 WHERE task_id = $2", account_id, UUID(task_id))


@pytest.mark.parametrize("task_id", ["nothing", str(UUID(int=0)), "é" * 200])
async def test_an_unknown_id_is_an_empty_record(onlooker: Caller, task_id: str) -> None:
    assert (await onlooker.post(DELIVERIES, {"task_id": task_id})).json() == {}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "task_id is required: the id of a task, as a string."),
        ({"task_id": 7}, "task_id 7 is not accepted"),
        (
            {"task_id": "x", "action": "delete"},
            'action "delete" is not accepted; send one of retrieve, replay.',
        ),
        ({"task_id": "x", "action": ["replay"]}, "action"),
        ({"task_id": "\0"}, "holds a NUL character"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    onlooker: Caller, body: dict[str, object], words: str
) -> None:
    answer = await onlooker.post(DELIVERIES, body)

    status, code, message = refusal(answer)
    assert (status, code) == (400, "bad_request")
    assert words in message


async def test_a_key_is_needed(onlooker: Caller) -> None:
    answer = await onlooker.post(DELIVERIES, {"task_id": "x"}, headers={"authorization": "Bearer nobody"})

    assert refusal(answer)[:2] == (401, "invalid_token")
