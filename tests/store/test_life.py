"""In whatever order things happen: a task ends once, credits add up, and an old attempt changes nothing."""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from filmgate.domain.callbacks import DeliveryId, Receipt
from filmgate.domain.errors import CreditsUsedUp, IdempotencyConflict, StaleAttempt, TooManyRequests
from filmgate.domain.quotas import Quotas
from filmgate.domain.tasks import Failure, FileKind, Status, StoredFile, TaskId
from filmgate.ports import Claim, Making
from filmgate.store.deliveries import PostgresDeliveryStore
from tests.store.stock import A_MOMENT, ENGINE, NOW, a_clip
from tests.store.theatre import Theatre

_CREDITS = 12_000
_MOST_OPEN = 6
_RETENTION = timedelta(minutes=20)

some = st.integers(0, 99)
"""Which of all there are, modulo their number."""


@dataclass
class _Known:
    """What the test knows of a task: who may write to it, and all that stays as it is once it ended."""

    body: str
    has_callback: bool
    status: Status = Status.WAITING
    n_claims: int = 0
    cost: int = 1000
    claim: Claim | None = None
    is_lost: bool = False
    are_files_kept: bool = False
    lasting: tuple[object, ...] | None = None


class Life(RuleBasedStateMachine):
    """A server and its workers, doing one thing after the other."""

    def __init__(self, theatre: Theatre) -> None:
        super().__init__()
        self._run, self._stock = theatre.run, theatre.stock
        self._deliveries = PostgresDeliveryStore(theatre.stock.database)
        self._caller = theatre.new_caller(credits_left=_CREDITS)
        self._now = NOW
        self._known: dict[TaskId, _Known] = {}
        self._keys: dict[str, TaskId] = {}
        self._claims: list[Claim] = []

    @rule(has_callback=st.booleans(), key=st.sampled_from([None, None, "a", "b"]), body=st.sampled_from("xy"))
    def submit(self, *, has_callback: bool, key: str | None, body: str) -> None:
        """A key leads to its first task, whatever became of that; one open task too many is refused."""
        body = body if key else f"body {len(self._known)}"
        first = self._keys.get(key or "")
        submitting = self._stock.submit(
            self._caller,
            prompt=body,
            now=self._now,
            idempotency_key=key,
            callback_url="http://receiver.example" if has_callback else None,
            quotas=Quotas(open_of_account=_MOST_OPEN),
        )
        if first is not None and self._known[first].body != body:
            self._refuses(submitting, IdempotencyConflict)
        elif first is None and self._credits_left() < 1000:
            self._refuses(submitting, CreditsUsedUp)
        elif first is None and self._n_open() >= _MOST_OPEN:
            self._refuses(submitting, TooManyRequests)
        else:
            submitted = self._run(submitting)
            assert submitted.task_id == first if submitted.joined else first is None
            self._known.setdefault(submitted.task_id, _Known(body, has_callback))
            self._keys |= {key: submitted.task_id} if key else {}

    @rule()
    def claim(self) -> None:
        """A worker gets a task that waits, or one that another worker lost, and never anybody else's."""
        claim = self._run(self._stock.worker(lost_after=A_MOMENT).claim([ENGINE], now=self._now))
        free = [each for each in self._known.values() if self._is_free(each)]
        assert (claim is not None) is bool(free)
        if claim is not None:
            known = self._known[claim.task.task_id]
            assert known in free
            known.n_claims += 1
            assert claim.task.attempt == known.n_claims
            known.status, known.claim, known.is_lost = Status.RUNNING, claim, False
            self._claims.append(claim)
            # Further ahead it would be a time of a clock that has been set back since, and not believed.
            self._set_heartbeat(claim, "now() + interval '4 minutes'")

    @precondition(lambda self: self._claims)
    @rule(which=some)
    def lose(self, *, which: int) -> None:
        """A worker falls silent; it may still speak later."""
        claim = self._claim(which)
        if self._is_current(claim):
            self._known[claim.task.task_id].is_lost = True
            self._set_heartbeat(claim, "now() - interval '1 hour'")

    @precondition(lambda self: self._claims)
    @rule(which=some, percent=st.integers(0, 99))
    def progress(self, *, which: int, percent: int) -> None:
        """Any claim there ever was may report."""
        claim = self._claim(which)
        self._writes(claim, self._stock.queue.report_progress(claim, percent))

    @precondition(lambda self: self._claims)
    @rule(which=some)
    def record_input(self, *, which: int) -> None:
        """Any claim there ever was may have fetched a picture."""
        claim, name = self._claim(which), uuid4().hex
        file = StoredFile(kind=FileKind.INPUT, key="k", name=name, content_type="image/png", n_bytes=1)
        self._writes(claim, self._stock.queue.record_input(claim, name, file))

    @precondition(lambda self: self._claims)
    @rule(which=some, price=st.integers(0, 3000))
    def succeed(self, *, which: int, price: int) -> None:
        """Any claim there ever was may finish, however late; its own success may be told again."""
        claim = self._claim(which)
        known = self._known[claim.task.task_id]
        succeeding = self._stock.queue.succeed(claim, [a_clip()], making=Making(price=price), now=self._now)
        if known.status is Status.SUCCEEDED and known.claim is claim:
            self._run(succeeding)
        elif self._writes(claim, succeeding):
            known.status, known.are_files_kept = Status.SUCCEEDED, True
            known.cost = min(price, 1000)

    @precondition(lambda self: self._claims)
    @rule(which=some)
    def fail(self, *, which: int) -> None:
        """Any claim there ever was may fail."""
        claim = self._claim(which)
        if self._writes(
            claim, self._stock.queue.fail(claim, Failure("api_error", "It broke."), now=self._now)
        ):
            self._known[claim.task.task_id].status = Status.FAILED

    @precondition(lambda self: self._claims)
    @rule(which=some, is_failure=st.booleans())
    def hand_back(self, *, which: int, is_failure: bool) -> None:
        """A worker stops, or its engine broke."""
        claim = self._claim(which)
        handing = self._stock.queue.hand_back(claim, after=timedelta(0), is_failure=is_failure)
        if self._writes(claim, handing):
            known = self._known[claim.task.task_id]
            known.status, known.claim = Status.WAITING, None

    @precondition(lambda self: self._claims)
    @rule(which=some)
    def pass_on(self, *, which: int) -> None:
        """An engine does not take its job, which is its own again."""
        claim = self._claim(which)
        passing = self._stock.queue.pass_on(
            claim, to=ENGINE, refused_by=[], after=timedelta(0), setback=None, now=self._now
        )
        if self._writes(claim, passing):
            known = self._known[claim.task.task_id]
            known.status, known.claim = Status.WAITING, None

    @precondition(lambda self: self._known)
    @rule(which=some)
    def cancel(self, *, which: int) -> None:
        """An open task is cancelled at once, a finished one never."""
        task_id = self._task(which)
        known = self._known[task_id]
        account_id = self._caller.account_id
        is_cancelled = self._run(self._stock.tasks.cancel(task_id, account_id=account_id, now=self._now))
        assert is_cancelled is not known.status.is_final
        if is_cancelled:
            known.status = Status.FAILED

    @precondition(lambda self: self._known)
    @rule(which=some)
    def forget_files(self, *, which: int) -> None:
        """Files that are there can be deleted, and once."""
        task_id, account_id = self._task(which), self._caller.account_id
        known = self._known[task_id]
        are_gone = self._run(self._stock.tasks.forget_files(task_id, account_id=account_id, now=self._now))
        assert are_gone is known.are_files_kept
        known.are_files_kept = False

    @rule()
    def expire(self) -> None:
        """Time passes, and the files of all that ended go."""
        ended_before, self._now = self._now, self._now + _RETENTION
        swept = self._run(self._stock.past.expire_files(ended_before=ended_before, now=self._now, limit=100))
        self._run(self._stock.past.note_removed(swept, now=self._now))
        assert all(self._known[task_id].status.is_final for task_id in swept)
        assert {task_id for task_id, known in self._known.items() if known.are_files_kept} <= set(swept)
        for task_id in swept:
            self._known[task_id].are_files_kept = False

    @rule(is_taken=st.booleans())
    def deliver(self, *, is_taken: bool) -> None:
        """The next post of a callback is made; the receiver takes it or not."""
        is_open = "delivered_at IS NULL AND given_up_at IS NULL"
        found = self._run(self._stock.value(f"SELECT delivery_id FROM delivery WHERE {is_open} LIMIT 1"))
        if found is not None:
            delivery = self._run(self._deliveries.delivery(DeliveryId(found)))
            assert delivery is not None
            receipt = Receipt(status=200 if is_taken else 500, reason="", elapsed=A_MOMENT)
            again_in = None if is_taken else _RETENTION
            self._run(self._deliveries.record_receipt(delivery, receipt, again_in=again_in, now=self._now))

    @invariant()
    def every_task_has_ended_once_or_not_yet(self) -> None:
        """An open task has a job and nothing else; of a final one everything stays as it is."""
        facts = {row["task_id"]: row for row in self._run(self._stock.database.fetch(_FACTS))}
        assert facts.keys() == self._known.keys()
        for task_id, known in self._known.items():
            row, is_final = facts[task_id], known.status.is_final
            assert row["status"] == known.status
            assert row["n_jobs"] == (not is_final)
            assert row["n_closings"] == is_final
            assert row["n_clips"] == (known.status is Status.SUCCEEDED)
            assert len(row["deliveries"]) == (is_final and known.has_callback)
            if is_final:
                known.lasting = known.lasting or tuple(row.values())
                assert tuple(row.values()) == known.lasting

    @invariant()
    def no_credit_is_made_or_lost(self) -> None:
        """Account, ledger and tasks tell the same balance; as many tasks are open as the account counts."""
        account_id = self._caller.account_id
        counted = self._run(self._stock.value("SELECT n_open FROM account WHERE account_id = $1", account_id))
        assert self._run(self._stock.balance(account_id)) == self._credits_left()
        assert counted == self._n_open()

    def _writes(self, claim: Claim, writing: Coroutine[Any, Any, None]) -> bool:
        """Write, and say whether this claim still may; where not, the store must have refused."""
        if self._is_current(claim):
            self._run(writing)
            return True
        self._refuses(writing, StaleAttempt)
        return False

    def _refuses(self, asking: Coroutine[Any, Any, object], error: type[Exception]) -> None:
        with pytest.raises(error):
            self._run(asking)

    def _is_current(self, claim: Claim) -> bool:
        known = self._known[claim.task.task_id]
        return known.status is Status.RUNNING and known.claim is claim

    def _is_free(self, known: _Known) -> bool:
        return known.status is Status.WAITING or (known.status is Status.RUNNING and known.is_lost)

    def _n_open(self) -> int:
        return sum(not known.status.is_final for known in self._known.values())

    def _credits_left(self) -> int:
        return _CREDITS - sum(
            known.cost for known in self._known.values() if known.status is not Status.FAILED
        )

    def _task(self, which: int) -> TaskId:
        return list(self._known)[which % len(self._known)]

    def _claim(self, which: int) -> Claim:
        return self._claims[which % len(self._claims)]

    def _set_heartbeat(self, claim: Claim, moment: str) -> None:
        statement = f"UPDATE pgqueuer SET heartbeat = {moment} WHERE id = $1"
        self._run(self._stock.database.fetch(statement, claim.job_id))


_FACTS = """
    SELECT task_id, status, attempt, failure_code, settled, finished_at, video_id,
        (SELECT count(*) FROM pgqueuer WHERE dedupe_key = 'render:' || task_id) AS n_jobs,
        (SELECT count(*) FROM ledger WHERE ledger.task_id = task.task_id AND kind <> 'reserve') AS n_closings,
        (SELECT count(*) FROM artefact WHERE artefact.task_id = task.task_id AND kind = 'clip') AS n_clips,
        ARRAY(SELECT delivery_id FROM delivery WHERE delivery.task_id = task.task_id) AS deliveries
    FROM task
"""


def test_a_life_keeps_its_promises_in_any_order(theatre: Theatre) -> None:
    run_state_machine_as_test(
        lambda: Life(theatre),  # type: ignore[arg-type] # Hypothesis takes anything that makes one.
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
