"""Whatever happens to an account at the same moment: its ledger adds up, and nothing is spent twice."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from filmgate.domain.accounts import Caller, KeyTerms
from filmgate.domain.errors import CreditsUsedUp, InvalidRequest, StaleAttempt
from filmgate.domain.tasks import Failure, TaskId
from filmgate.ports import Making
from filmgate.store.credits import PostgresCreditStore
from tests.store.stock import ENGINE, NOW, a_clip
from tests.store.theatre import Theatre

_CREDITS = 4_000
_LIMITS = (None, 2_500, 900)
"""What each of the account's keys may spend, in milli-credits."""

_which = st.integers(0, 99)
_amount = st.integers(0, 3_000)
_deeds = st.one_of(
    st.tuples(st.just("submit"), st.integers(0, len(_LIMITS) - 1), st.integers(0, 1_500)),
    st.tuples(st.just("succeed"), _which, _amount),
    st.tuples(st.sampled_from(["fail", "cancel"]), _which, _amount),
    st.tuples(st.just("grant"), _which, st.integers(-3_000, 1_000)),
)
"""What is done, to which key or task, and the milli-credits that it is about."""


class Ledger(RuleBasedStateMachine):
    """One account, and in every step several things that happen to it side by side."""

    def __init__(self, theatre: Theatre) -> None:
        super().__init__()
        self._run, self._stock = theatre.run, theatre.stock
        self._credits = PostgresCreditStore(theatre.stock.database)
        self._account_id = theatre.new_caller(credits_left=_CREDITS).account_id
        self._granted = _CREDITS
        self._keys = [self._run(self._key(limit)) for limit in _LIMITS]
        self._tasks: list[TaskId] = []
        self._refused: list[tuple[int, CreditsUsedUp]] = []

    @rule(deeds=st.lists(_deeds, min_size=1, max_size=8))
    def at_the_same_moment(self, *, deeds: Sequence[tuple[str, int, int]]) -> None:
        """Do all of it; what is refused changes nothing."""
        self._run(self._do(deeds))

    @invariant()
    def every_account_of_the_money_is_the_same(self) -> None:
        """The balance is what was granted without what is settled or reserved, and never below zero."""
        balance = self._run(self._stock.balance(self._account_id))
        totals = self._run(self._credits.totals(self._account_id))
        assert balance >= 0
        assert totals.granted == self._granted
        assert totals.granted - totals.settled - totals.reserved == balance

    @invariant()
    def a_task_costs_what_it_settled_and_never_more_than_it_reserved(self) -> None:
        """Its lines in the ledger add up to that; while it is open, to all that it reserved."""
        for row in self._run(self._stock.database.fetch(_COSTS)):
            assert row["cost"] <= row["reserved"]
            assert row["in_ledger"] == -row["cost"]

    @invariant()
    def a_key_has_spent_what_its_tasks_cost_and_never_more_than_it_may(self) -> None:
        """A key without a limit is not counted."""
        rows = self._run(self._stock.database.fetch(_SPENT, self._account_id))
        for row in rows:
            if row["spending_limit"] is None:
                assert row["spent"] == 0
            else:
                assert row["spent"] == row["cost"] <= row["spending_limit"]

    @invariant()
    def only_what_was_not_there_was_refused(self) -> None:
        """A refusal tells what was asked for, and less that is left."""
        assert all(error.left < error.needed == amount for amount, error in self._refused)

    async def _do(self, deeds: Sequence[tuple[str, int, int]]) -> None:
        async with asyncio.TaskGroup() as group:
            for verb, which, amount in deeds:
                group.create_task(getattr(self, f"_{verb}")(which, amount))

    async def _submit(self, which: int, amount: int) -> None:
        try:
            submitted = await self._stock.submit(self._keys[which], reserved=amount)
        except CreditsUsedUp as error:
            self._refused.append((amount, error))
        else:
            self._tasks.append(submitted.task_id)

    async def _succeed(self, _which: int, price: int) -> None:
        worker = self._stock.worker()
        # Somebody may cancel it between the two.
        with suppress(StaleAttempt):
            if claim := await worker.claim([ENGINE], now=NOW):
                await worker.succeed(claim, [a_clip()], making=Making(price=price), now=NOW)

    async def _fail(self, _which: int, _amount: int) -> None:
        worker = self._stock.worker()
        with suppress(StaleAttempt):
            if claim := await worker.claim([ENGINE], now=NOW):
                await worker.fail(claim, Failure("api_error", "It broke."), now=NOW)

    async def _cancel(self, which: int, _amount: int) -> None:
        if self._tasks:
            task_id = self._tasks[which % len(self._tasks)]
            await self._stock.tasks.cancel(task_id, account_id=self._account_id, now=NOW)

    async def _grant(self, _which: int, amount: int) -> None:
        try:
            await self._credits.grant(self._account_id, millicredits=amount, note="a grant", now=NOW)
        except InvalidRequest:
            assert amount < 0
        else:
            self._granted += amount

    async def _key(self, limit: int | None) -> Caller:
        terms = KeyTerms(name=f"at most {limit}", spending_limit=limit)
        _, secret = await self._stock.accounts.create_key(terms, account_id=self._account_id, now=NOW)
        return await self._stock.accounts.caller(secret, now=NOW)


_COST = "CASE status WHEN 'failed' THEN 0 WHEN 'succeeded' THEN settled ELSE reserved END"
_COSTS = f"""
    SELECT reserved, {_COST} AS cost,
        (SELECT sum(millicredits)::bigint FROM ledger WHERE ledger.task_id = task.task_id) AS in_ledger
    FROM task
"""
_SPENT = f"""
    SELECT spending_limit, spent,
        (SELECT coalesce(sum({_COST}), 0)::bigint FROM task WHERE task.key_id = api_key.key_id) AS cost
    FROM api_key WHERE account_id = $1
"""


def test_a_ledger_adds_up_whatever_happens_at_the_same_moment(theatre: Theatre) -> None:
    run_state_machine_as_test(
        lambda: Ledger(theatre),  # type: ignore[arg-type] # Hypothesis takes anything that makes one.
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            # What happens at the same moment does so in another order each time, so nothing can be shrunk.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
