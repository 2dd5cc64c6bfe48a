"""Each check names the breach that was made, and a sound world has none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.chaos import checks
from tests.chaos.checks import Books, Finding
from tests.chaos.clients import Heard
from tests.chaos.plan import Manner, Plan, Script, Then, Wish
from tests.chaos.receiver import Arrival
from tests.chaos.renderer import FPS, grey_of


@dataclass
class World:
    """One wish that was granted, told of by callback, and paid for; `extra` tasks are beside it."""

    task_id: UUID = field(default_factory=uuid4)
    delivery_id: UUID = field(default_factory=uuid4)
    task: dict[str, Any] = field(default_factory=dict)
    moves: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)
    delivery: dict[str, Any] = field(default_factory=dict)
    clip: dict[str, Any] = field(default_factory=dict)
    post: dict[str, Any] = field(default_factory=dict)
    frames: list[int] | str = ""
    extra: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    left: dict[str, list[str]] = field(default_factory=dict)
    logged: dict[str, int] = field(default_factory=lambda: {"database did not restart": 3})

    def __post_init__(self) -> None:
        account_id = uuid4()
        self.task = {
            "task_id": self.task_id,
            "status": "succeeded",
            "attempt": 2,
            "seed": 10,
            "reserved": 900,
            "failure_code": None,
            "failure_message": None,
            "files_deleted_at": None,
            "callback_url": "http://127.0.0.1:1/0/5",
        }
        steps = [(None, "waiting"), ("waiting", "running"), ("running", "running"), ("running", "succeeded")]
        self.moves = [
            {"task_id": self.task_id, "came_from": came_from, "became": became} for came_from, became in steps
        ]
        entries = [(None, "grant", 1000), (self.task_id, "reserve", -900), (self.task_id, "settle", 0)]
        self.ledger = [
            {"task_id": task_id, "account_id": account_id, "kind": kind, "millicredits": amount}
            for task_id, kind, amount in entries
        ]
        self.account = {"account_id": account_id, "name": "payer", "balance": 100, "n_open": 0}
        self.delivery = {"task_id": self.task_id, "delivery_id": self.delivery_id, "delivered_at": 1.0}
        self.clip = {"task_id": self.task_id, "object_key": f"tasks/{self.task_id}/2/clip.mp4"}
        self.post = {
            "webhook_id": str(self.delivery_id),
            "is_signed": True,
            "answered": 200,
            "body": self.response | {"data": {}},
        }
        self.frames = [grey_of(10)] * (FPS * 3)
        self.heard = Heard(task_ids={str(self.task_id)})
        self.left = {"processes": [], "scratch": [], "unowned": [], "beside": []}

    @property
    def response(self) -> dict[str, Any]:
        return {"task_id": str(self.task_id), "state": "succeed"}

    def findings(self) -> Iterator[Finding]:
        books = Books(
            tasks={self.task_id: self.task, **self.extra},
            moves=self.moves,
            ledger=self.ledger,
            accounts=[self.account],
            deliveries=[self.delivery],
            jobs=self.jobs,
            clips={self.task_id: self.clip} if self.clip else {},
        )
        arrivals = {"/0/5": [Arrival(**self.post)]} if self.post else {}
        yield from checks.tasks_end_once(books)
        yield from checks.credits_add_up(books)
        yield from checks.queue_is_empty(books)
        yield from checks.wishes_are_granted(books, _PLAN, {5: self.heard})
        yield from checks.callbacks_arrived(books, arrivals, {str(self.task_id): {"response": self.response}})
        yield from checks.clips_decode(books, _PLAN, {self.task_id: self.frames})
        yield from checks.nothing_is_left(**self.left)
        yield from checks.nothing_broke(self.logged)

    def ends_again(self) -> None:
        self.moves += [{"task_id": self.task_id, "came_from": "succeeded", "became": "succeeded"}]

    def is_doubled(self) -> None:
        twin = uuid4()
        self.extra = {twin: self.task | {"task_id": twin, "status": "failed", "callback_url": None}}


_WISH = Wish(
    number=5,
    at=0,
    account=0,
    manner=Manner.CALLED_BACK,
    script=Script(steps=1, pause=0, then=Then.CLIP),
    duration=3,
    has_picture=False,
    patience=None,
    n_equal=1,
    cancel_after=None,
    is_extended=False,
    is_deleted=False,
    refusals=(),
)
_PLAN = Plan(seed=1, seconds=1, strikes=(), wishes=(_WISH,))


def test_a_sound_world_has_no_findings() -> None:
    assert list(World().findings()) == []


@pytest.mark.parametrize(
    ("breach", "promise"),
    [
        (lambda world: world.task.update(status="running"), "every accepted task ends exactly once"),
        (World.ends_again, "every accepted task ends exactly once"),
        (lambda world: world.clip.clear(), "every accepted task ends exactly once"),
        (lambda world: world.task.update(attempt=3), "a newer attempt shuts an older one out"),
        (lambda world: world.ledger.pop(), "credits add up"),
        (lambda world: world.ledger.append(world.ledger[-1]), "credits add up"),
        (lambda world: world.account.update(balance=99), "credits add up"),
        (lambda world: world.account.update(n_open=1), "credits add up"),
        (lambda world: world.jobs.append({"entrypoint": "deliver", "status": "failed"}), "the queue empties"),
        (World.is_doubled, "one wish is one task"),
        (lambda world: world.heard.task_ids.clear(), "one wish is one task"),
        (lambda world: world.heard.task_ids.add("6c68c267"), "an accepted task is never lost"),
        (lambda world: world.heard.refused.append("400"), "a lost answer is no lost wish"),
        (lambda world: world.task.update(failure_code="timeout"), "a task ends as its renderer does"),
        (lambda world: world.post.clear(), "every callback arrives"),
        (lambda world: world.post.update(answered=500), "every callback arrives"),
        (lambda world: world.post.update(webhook_id=str(uuid4())), "every callback arrives"),
        (lambda world: world.delivery.update(delivered_at=None), "every callback arrives"),
        (lambda world: world.post.update(is_signed=False), "a callback says what became of the task"),
        (lambda world: world.post["body"].update(state="failed"), "a callback says what became of the task"),
        (lambda world: world.frames.pop(), "every result decodes"),
        (lambda world: world.frames.__setitem__(0, 255), "every result decodes"),
        (lambda world: setattr(world, "frames", "cut short"), "every result decodes"),
        (lambda world: world.left["processes"].append("1 postgres"), "no process is left over"),
        (lambda world: world.left["scratch"].append("work/1"), "no scratch folder is left over"),
        (lambda world: world.left["unowned"].append("tasks/1"), "every stored file belongs to a task"),
        (lambda world: world.left["beside"].append("data/1"), "nothing else is left over"),
        (lambda world: world.logged.update({"render broke": 1}), "no fault goes unforeseen"),
    ],
)
def test_a_breach_is_found(breach: Callable[[World], object], promise: str) -> None:
    world = World()
    breach(world)

    assert promise in {finding.promise for finding in world.findings()}
