"""What must be true after a run: each check names every breach it finds, and nothing else."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from filmgate.domain.tasks import MOVES, Status
from filmgate.store.database import Database
from tests.chaos.clients import Heard, callback_path
from tests.chaos.plan import Manner, Plan, Then, Wish
from tests.chaos.receiver import Arrival
from tests.chaos.renderer import FPS, grey_of

Row = Mapping[str, Any]
_GREY_TOLERANCE = 4
_BROKEN = frozenset({"request broke", "render broke", "chores broke", "task news broke"})


@dataclass(frozen=True)
class Finding:
    """A promise that was broken, and how."""

    promise: str
    breach: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.breach}"


@dataclass(frozen=True, kw_only=True)
class Books:
    """The rows that are left when all is quiet."""

    tasks: Mapping[UUID, Row]
    moves: Sequence[Row]
    ledger: Sequence[Row]
    accounts: Sequence[Row]
    deliveries: Sequence[Row]
    jobs: Sequence[Row]
    clips: Mapping[UUID, Row] = field(default_factory=dict)

    @classmethod
    async def read(cls, database: Database) -> "Books":
        """Read them all."""
        tasks = await database.fetch("SELECT * FROM task")
        clips = await database.fetch("SELECT * FROM artefact WHERE kind = 'clip'")
        return cls(
            tasks={row["task_id"]: row for row in tasks},
            moves=await database.fetch("SELECT * FROM chaos.move ORDER BY number"),
            ledger=await database.fetch("SELECT * FROM ledger ORDER BY entry_id"),
            accounts=await database.fetch("SELECT * FROM account"),
            deliveries=await database.fetch("SELECT * FROM delivery"),
            jobs=await database.fetch("SELECT * FROM pgqueuer"),
            clips={row["task_id"]: row for row in clips},
        )


def tasks_end_once(books: Books) -> Iterator[Finding]:
    """Every task ended, by legal moves only, and what it holds is of its last attempt."""
    promise = "every accepted task ends exactly once"
    histories: defaultdict[UUID, list[Row]] = defaultdict(list)
    for move in books.moves:
        histories[move["task_id"]].append(move)
    for task_id, task in books.tasks.items():
        status = Status(task["status"])
        if not status.is_final:
            yield Finding(promise, f"task {task_id} is {status} for ever")
        n_endings = sum(Status(move["became"]).is_final for move in histories[task_id])
        if n_endings > 1:
            yield Finding(promise, f"task {task_id} ended {n_endings} times")
        for move in histories[task_id][1:]:
            if Status(move["became"]) not in MOVES[Status(move["came_from"])]:
                yield Finding(promise, f"task {task_id} went from {move['came_from']} to {move['became']}")
        clip = books.clips.get(task_id)
        if (clip is not None) != (status is Status.SUCCEEDED):
            yield Finding(promise, f"task {task_id} is {status} and has {'a' if clip else 'no'} clip")
        if clip is not None and clip["object_key"].split("/")[2] != str(task["attempt"]):
            yield Finding(
                "a newer attempt shuts an older one out",
                f"attempt {task['attempt']} of task {task_id} holds the clip {clip['object_key']}",
            )


def credits_add_up(books: Books) -> Iterator[Finding]:
    """What was reserved for a task was settled or given back, once; a balance is the sum of its ledger."""
    promise = "credits add up"
    entries: defaultdict[UUID, list[Row]] = defaultdict(list)
    for entry in books.ledger:
        if entry["task_id"] is not None:
            entries[entry["task_id"]].append(entry)
    for task_id, task in books.tasks.items():
        reserved = task["reserved"]
        wanted = {
            "succeeded": [("reserve", -reserved), ("settle", 0)],
            "failed": [("reserve", -reserved), ("refund", reserved)],
        }.get(task["status"], [("reserve", -reserved)])
        found = [(entry["kind"], entry["millicredits"]) for entry in entries.pop(task_id, [])]
        if found != wanted:
            yield Finding(promise, f"task {task_id} is {task['status']} and its ledger says {found}")
    for task_id in entries:
        yield Finding(promise, f"the ledger knows a task {task_id}, and nobody else does")
    for account in books.accounts:
        of_account = [entry for entry in books.ledger if entry["account_id"] == account["account_id"]]
        total = sum(entry["millicredits"] for entry in of_account)
        if account["balance"] != total:
            yield Finding(promise, f"{account['name']} has {account['balance']}, its ledger says {total}")
        if account["n_open"] != 0:
            yield Finding(promise, f"{account['name']} counts {account['n_open']} open tasks")


def queue_is_empty(books: Books) -> Iterator[Finding]:
    """No job waits, runs or was put aside."""
    for job in books.jobs:
        yield Finding("the queue empties", f"a job of {job['entrypoint']} is {job['status']}")


def wishes_are_granted(books: Books, plan: Plan, heard: Mapping[int, Heard]) -> Iterator[Finding]:
    """Each wish became one task, however often it was asked, and ended as its script says."""
    tasks: defaultdict[int, list[Row]] = defaultdict(list)
    for task in books.tasks.values():
        tasks[task["seed"]].append(task)
    for wish in plan.wishes:
        told = heard.get(wish.number, Heard())
        for answer in told.refused:
            yield Finding("a lost answer is no lost wish", f"wish {wish.number} was refused: {answer}")
        yield from _one_task(wish, tasks.pop(wish.seed, []), told, ids=told.task_ids)
        extensions = tasks.pop(wish.seed_of_extension, [])
        if extensions or told.extension_ids:
            yield from _one_task(wish, extensions, told, ids=told.extension_ids)
    for seed in tasks:
        yield Finding("one wish is one task", f"nobody wished for the task with the seed {seed}")


def _one_task(wish: Wish, tasks: Sequence[Row], heard: Heard, *, ids: set[str]) -> Iterator[Finding]:
    promise = "one wish is one task"
    lost = ids - {str(task["task_id"]) for task in tasks}
    if lost:
        yield Finding("an accepted task is never lost", f"wish {wish.number} was told {lost}, unknown here")
    if (len(tasks) != 1 or len(ids) != 1) and not (heard.is_late and tasks and ids):
        found = sorted(str(task["task_id"]) for task in tasks)
        yield Finding(promise, f"wish {wish.number} became {found}, and was told {sorted(ids)}")
    for task in tasks:
        if task["failure_code"] not in _outcomes(wish):
            said = f"{task['failure_code']}: {task['failure_message']}"
            yield Finding(
                "a task ends as its renderer does",
                f"wish {wish.number} ({wish.script}) after {task['attempt']} attempts: {said}",
            )


def _outcomes(wish: Wish) -> set[str | None]:
    """Return the codes with which its tasks may fail; None is success."""
    match wish.script.then:
        case Then.REFUSE:
            return {"bad_request"}
        case Then.CRASH:
            return {"api_error"}
    return {None} if wish.cancel_after is None else {None, "cancelled"}


def callbacks_arrived(
    books: Books, arrivals: Mapping[str, Sequence[Arrival]], records: Mapping[str, Row]
) -> Iterator[Finding]:
    """Each ended task with a callback URL has one delivery, which was taken, signed, under one id.

    `records` are the tasks as the API shows them.
    """
    promise = "every callback arrives"
    deliveries = {delivery["task_id"]: delivery for delivery in books.deliveries}
    taken: defaultdict[str, list[tuple[str, Arrival]]] = defaultdict(list)
    for path, arrived in arrivals.items():
        for arrival in arrived:
            taken[str(arrival.body.get("task_id"))].append((path, arrival))
    for task_id, task in books.tasks.items():
        posts = taken.pop(str(task_id), [])
        if task["callback_url"] is None:
            if posts:
                yield Finding(promise, f"task {task_id} asked for none, and {len(posts)} came")
            continue
        if not any(200 <= post.answered < 300 for _, post in posts):
            yield Finding(promise, f"task {task_id} is {task['status']}, and its receiver took nothing")
        delivery = deliveries.get(task_id)
        if delivery is None or delivery["delivered_at"] is None:
            yield Finding(promise, f"task {task_id} has no delivery that ended well")
        elif {UUID(post.webhook_id) for _, post in posts} != {delivery["delivery_id"]}:
            yield Finding(promise, f"task {task_id} was told under several ids, or another one")
        yield from _said_right(task_id, task, posts, record=records[str(task_id)])
    for unknown in taken:
        yield Finding(promise, f"a callback told of a task {unknown} that is not known")


def _said_right(
    task_id: UUID, task: Row, posts: Sequence[tuple[str, Arrival]], *, record: Row
) -> Iterator[Finding]:
    promise = "a callback says what became of the task"
    for path, post in posts:
        if not task["callback_url"].endswith(path):
            yield Finding(promise, f"of task {task_id} was told on {path}")
        if not post.is_signed:
            yield Finding(promise, f"of task {task_id} was told with a wrong signature")
        said = {name: value for name, value in post.body.items() if name != "data"}
        kept = {name: value for name, value in record["response"].items() if name != "deleted"}
        if {name: said.get(name) for name in kept} != kept:
            yield Finding(
                promise, f"of task {task_id} was told {json.dumps(said)}, true is {json.dumps(kept)}"
            )


def clips_decode(books: Books, plan: Plan, clips: Mapping[UUID, Sequence[int] | str]) -> Iterator[Finding]:
    """Each clip that can still be had has the frames that were wished for.

    `clips` are the greys of the frames that were downloaded, or what was wrong with the download.
    """
    promise = "every result decodes"
    wishes = {wish.seed: wish for wish in plan.wishes} | {
        wish.seed_of_extension: wish for wish in plan.wishes
    }
    for task_id, task in books.tasks.items():
        if task["status"] != "succeeded" or task["files_deleted_at"] is not None:
            continue
        wish = wishes.get(task["seed"])
        if wish is None:
            continue
        frames = clips.get(task_id, "it was not downloaded")
        wanted = [grey_of(task["seed"])] * (FPS * wish.duration)
        if task["seed"] == wish.seed_of_extension:
            wanted = [grey_of(wish.seed)] * (FPS * wish.duration) + wanted
        if isinstance(frames, str):
            yield Finding(promise, f"the clip of task {task_id}: {frames}")
        elif len(frames) != len(wanted):
            yield Finding(promise, f"the clip of task {task_id} has {len(frames)} frames, not {len(wanted)}")
        elif any(abs(a - b) > _GREY_TOLERANCE for a, b in zip(frames, wanted, strict=True)):
            yield Finding(promise, f"the clip of task {task_id} shows another task's frames")


def nothing_is_left(
    *, processes: Iterable[str], scratch: Iterable[str], unowned: Iterable[str], beside: Iterable[str]
) -> Iterator[Finding]:
    """No process, no folder of an attempt, no file that no task knows, nothing else in the data folder."""
    for process in processes:
        yield Finding("no process is left over", process)
    for folder in scratch:
        yield Finding("no scratch folder is left over", folder)
    for key in unowned:
        yield Finding("every stored file belongs to a task", key)
    for path in beside:
        yield Finding("nothing else is left over", path)


def nothing_broke(logged: Mapping[str, int]) -> Iterator[Finding]:
    """No process met what it was not written for; databases and renderers that are away are no such thing."""
    for event, count in logged.items():
        if event in _BROKEN:
            yield Finding("no fault goes unforeseen", f'"{event}" was logged {count} times')


def outcomes(books: Books) -> dict[str, int]:
    """Count the tasks by how they ended."""
    return dict(Counter(task["failure_code"] or task["status"] for task in books.tasks.values()))


def callback_paths(wishes: Iterable[Wish]) -> dict[str, tuple[int, ...]]:
    """Return what the receiver refuses, by path; a wish and its extension are refused alike."""
    paths = {callback_path(wish): wish.refusals for wish in wishes if wish.manner is Manner.CALLED_BACK}
    return paths | {f"{path}-extension": refusals for path, refusals in paths.items()}
