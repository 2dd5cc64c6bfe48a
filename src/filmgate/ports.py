"""Every seam of Filmgate on one page. `service/` speaks only to these; adapters implement them.

Adapters turn every foreign exception into the tree of `domain.errors`, in one place each.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from filmgate.domain.accounts import (
    Account,
    AccountId,
    ApiKey,
    Caller,
    KeyId,
    KeyTerms,
    LedgerEntry,
    SessionId,
    Totals,
    Usage,
    WebhookSecrets,
)
from filmgate.domain.callbacks import Delivery, DeliveryId, DeliveryLog, Receipt
from filmgate.domain.entrance import AttemptLimit, Session
from filmgate.domain.errors import Objection
from filmgate.domain.inboxes import Arrival, Inbox, InboxAnswer, InboxEntry, InboxId, Verdict
from filmgate.domain.models import ModelSpec
from filmgate.domain.pictures import PictureFacts
from filmgate.domain.quotas import Quotas
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.tasks import (
    ClipFacts,
    Failure,
    FileKind,
    Setback,
    Status,
    StoredFile,
    Task,
    TaskId,
    VideoId,
)


class Clock(Protocol):
    """The time of domain deadlines. Liveness of workers goes by the database's clock instead."""

    def now(self) -> datetime:
        """Return the current time, in UTC and aware of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """All that an engine may know of one attempt.

    `inputs` are local files by the names of `GenerationRequest.media()`, and `source_clip` for extend.
    `folder` is empty and the engine's own; it is removed after the attempt, whatever happened.
    `resume_token` is what an earlier attempt at this task saved in the same engine, or None.
    `source_token` is what the task whose clip is continued saved, where this same engine made that.
    """

    task_id: TaskId
    attempt: int
    request: GenerationRequest
    spec: ModelSpec
    seed: int
    inputs: Mapping[str, Path]
    folder: Path
    resume_token: str | None = None
    source_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class RenderedFile:
    """A file an engine wrote in its job's folder; clips carry what was measured on them.

    `making` tells the operator how a clip came about, in JSON values: what was rendered, interpolated or
    upscaled, seconds by stage, peak memory. It is kept with the task.
    """

    kind: FileKind
    path: Path
    content_type: str
    clip: ClipFacts | None = None
    making: Mapping[str, Any] | None = None


class RenderWatch(Protocol):
    """What an engine reports while it renders."""

    async def progress(self, fraction: float) -> None:
        """Report how much is done, from 0 to 1; cheap enough to call for every frame."""
        ...

    async def save_resume_token(self, token: str) -> None:
        """Keep a token that lets a later attempt resume instead of starting over.

        Returns when it is durable.

        Raises:
            StaleAttempt: a newer attempt holds the task; stop.
        """
        ...


TASK_ENDED = "the task has ended"


class Engine(Protocol):
    """Something that makes clips.

    Cancelling the `render` coroutine stops the work: the engine frees what it holds and lets the
    `CancelledError` pass. With the message `TASK_ENDED` nobody will ask for the clip any more; without it
    another attempt may take up what was begun.
    """

    @property
    def name(self) -> str:
        """The name that routes, records and the queue know it by."""
        ...

    @property
    def slots(self) -> int:
        """How many jobs it renders at once in this process; a worker claims no more than that."""
        ...

    @property
    def continues_only_its_own(self) -> bool:
        """Whether it can extend only clips that it made itself, whose `source_token` it is given."""
        ...

    def objections(self, request: GenerationRequest, spec: ModelSpec) -> Iterable[Objection]:
        """Name every field of a valid request that this engine cannot honour; pure and immediate."""
        ...

    async def check(self) -> None:
        """Return when it could take a job now, as far as can be told in seconds without making a clip.

        Raises:
            EngineFailed: says why it could not; also where it is not started.
        """
        ...

    async def start(self) -> None:
        """Get ready to render, so that the first job does not pay for it.

        Raises:
            EngineFailed: it cannot, for now; it may be started again.
        """
        ...

    async def close(self) -> None:
        """Stop everything that was started; safe to call twice."""
        ...

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """Make the clip, and what goes with it; exactly one file is a clip.

        Raises:
            InvalidRequest: an input turned out to be unusable; final, the caller's fault.
            PolicyRefusal: an upstream's content policy is against it; final.
            NotAccepted: nobody took the job; another engine may have it, and it is no attempt.
            OutcomeUnknown: an upstream may have taken it; final, so that nothing is ordered twice.
            EngineFailed: anything else; another attempt may succeed.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A task about to be stored.

    `body_hash` is the SHA-256 of the canonical body. `holder` identifies the server process whose
    connection waits for the answer. `cost_seconds` is the task's weight in fair queueing.
    `extends` is the task whose clip this one continues. `quotas` say when it is one too many.
    """

    task: Task
    body_hash: bytes
    idempotency_key: str | None
    holder: int
    cost_seconds: int
    quotas: Quotas
    extends: TaskId | None = None


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What became of a submission: the id it was given, or the earlier task that it joined."""

    task_id: TaskId
    joined: bool


@dataclass(frozen=True, kw_only=True)
class TaskSearch:
    """Which tasks are looked for, and which page of them; what is None or empty matches every task.

    `text` is a part of the prompt, in any case.
    """

    limit: int
    offset: int = 0
    status: Status | None = None
    model: str | None = None
    text: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One worker's hold on one attempt of a task; every later write is fenced by it.

    `job_id` and `claim_id` are the queue's names of the job and of this hold on it.
    """

    task: Task
    job_id: int
    claim_id: UUID


@dataclass(frozen=True)
class SourceMaker:
    """Which engine made the clip that a task continues, and the resume token it had saved for it."""

    engine: str
    resume_token: str | None


@dataclass(frozen=True, kw_only=True)
class Making:
    """What comes with the files of a task that succeeded: what it costs on the engine that made it, in
    milli-credits, and how the engine says that the clip came about.
    """

    price: int
    told: Mapping[str, Any] | None = None


class TaskStore(Protocol):
    """Where tasks live, as their callers see them.

    Every method is one transaction. All raise `Unavailable` when the store cannot be reached.
    """

    async def submit(self, submission: Submission, *, now: datetime) -> Submitted:
        """Reserve the credits, store the task and queue it, or join the earlier task it repeats.

        Safe to call again with the same task id. After `Unavailable` the task may be stored or not.

        Raises:
            CreditsUsedUp, TooManyRequests, IdempotencyConflict: nothing was stored.
        """
        ...

    async def task(self, task_id: TaskId, *, account_id: AccountId | None = None) -> Task | None:
        """Return the task, unless it is unknown or another account's."""
        ...

    async def tasks(self, task_ids: Sequence[TaskId], *, account_id: AccountId | None = None) -> list[Task]:
        """Return those of the tasks that exist and are the account's, in the order asked for."""
        ...

    async def newest_tasks(self, search: TaskSearch, *, account_id: AccountId) -> list[Task]:
        """Return a page of the account's tasks, newest first."""
        ...

    async def of_unknown_outcome(self, *, limit: int) -> list[Task]:
        """Return the tasks of all accounts whose clip an upstream may have made unseen, newest first."""
        ...

    async def newest_failed(self, *, since: datetime, limit: int) -> list[Task]:
        """Return the tasks of all accounts that failed since then, newest first.

        Left out are those that were cancelled, and those of unknown outcome.
        """
        ...

    async def task_of_video(self, video_id: VideoId, *, account_id: AccountId) -> Task | None:
        """Return the task that made the video, unless it is unknown or another account's."""
        ...

    async def cancel(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """End a waiting or running task as cancelled; False when it is unknown or has ended."""
        ...

    async def forget_files(self, task_id: TaskId, *, account_id: AccountId, now: datetime) -> bool:
        """Mark a succeeded task's files as deleted; False when there is nothing to do."""
        ...

    async def expire_files(self, *, ended_before: datetime, now: datetime, limit: int) -> list[TaskId]:
        """Mark the files of tasks that ended long ago as deleted; return tasks with marked files.

        They are returned until `note_removed`. The source of an extend that still waits or runs is kept.
        """
        ...

    async def note_removed(self, task_ids: Sequence[TaskId], *, now: datetime) -> None:
        """Remember that the files marked as deleted are gone from the object store."""
        ...

    async def file(self, name: str) -> tuple[StoredFile, Task] | None:
        """Return the file with this public name and its task, deleted or not."""
        ...

    async def forget_past(self, *, sent_before: datetime, now: datetime, limit: int) -> int:
        """Forget what nobody can ask for any more, so many rows of a kind; return how many there were.

        Those are the posts of closed deliveries that were sent long ago, what a repeat of a request is
        recognised by, a day after its first try, sessions that are over, attempts to log in of a day ago, and
        what inboxes received a week ago.
        """
        ...

    async def unneeded(self, keys: Sequence[str], *, now: datetime) -> list[str]:
        """Return those of the object keys that belong to no task, or that their task has no use for.

        An input stays as long as its task has files; of an open task everything stays.
        """
        ...

    async def mark_answered(self, answers: Mapping[TaskId, int | None], *, now: datetime) -> None:
        """Remember how held connections ended: with an HTTP status, or None where they went away.

        A repeat joins an unanswered task for 24 h and one answered 5xx for 15 s. The id may also be one
        that was drawn for a request which joined an earlier task.
        """
        ...


class RenderQueue(Protocol):
    """The same tasks, as workers see them: claimed, kept alive, and ended.

    Every method is one transaction, and every write is refused with `StaleAttempt` when a newer attempt
    holds the task or the task has ended. All raise `Unavailable` when the store cannot be reached.
    """

    async def claim(self, engines: Sequence[str], *, now: datetime) -> Claim | None:
        """Take the next waiting task of these engines, or one whose worker stopped its heartbeat.

        Called again after `Unavailable`, it returns what was taken when only the answer was lost.
        """
        ...

    async def heartbeat(
        self, claims: Sequence[Claim], *, engines: Sequence[str], ailing: Mapping[str, str] | None = None
    ) -> None:
        """Say that this worker serves these engines and that its attempts are alive.

        `ailing` are those of the engines that would take no job now, and why.
        """
        ...

    async def report_progress(self, claim: Claim, percent: int) -> None:
        """Publish progress in whole per cent."""
        ...

    async def save_resume_token(self, claim: Claim, token: str) -> None:
        """Keep the engine's token for a later attempt; the task was taken, so earlier refusals are over."""
        ...

    async def source_maker(self, claim: Claim) -> SourceMaker | None:
        """Return who made the clip that the task continues, or None where it continues none."""
        ...

    async def record_input(self, claim: Claim, name: str, file: StoredFile) -> None:
        """Remember a fetched picture or video for later attempts."""
        ...

    async def inputs(self, claim: Claim) -> Mapping[str, StoredFile]:
        """Return the stored inputs of the task by name; `source_clip` is the clip that it extends."""
        ...

    async def succeed(
        self, claim: Claim, files: Sequence[StoredFile], *, making: Making | None = None, now: datetime
    ) -> None:
        """End the task with its clip: status, files, settlement, delivery and job in one transaction.

        The making's price is settled, but never more than was reserved; without one, all of that.
        """
        ...

    async def fail(
        self, claim: Claim, failure: Failure, *, setback: Setback | None = None, now: datetime
    ) -> None:
        """End the task with a reason, give the credits back, and queue the delivery, in one transaction."""
        ...

    async def hand_back(
        self, claim: Claim, *, after: timedelta, is_failure: bool, setback: Setback | None = None
    ) -> None:
        """Let any worker take the task again after a while; `is_failure` counts it as a try."""
        ...

    async def pass_on(
        self,
        claim: Claim,
        *,
        to: str,
        refused_by: Sequence[str],
        after: timedelta,
        setback: Setback | None,
        now: datetime,
    ) -> None:
        """Let a worker of the engine `to` take the task after a while, as if for the first time.

        It does not count as a try. `refused_by` are the engines not to be asked again in this round, which
        began when the task was first refused.
        """
        ...

    async def wait_for_work(self, *, at_most: timedelta) -> None:
        """Return when something was queued, or after a while."""
        ...

    async def leave(self) -> None:
        """Strike this worker from the living ones; what it claimed without hearing of it goes back."""
        ...

    async def live_engines(self) -> Mapping[str, str | None]:
        """Return the engines that a living worker serves; with a reason where no worker finds them well."""
        ...


class TaskNews(Protocol):
    """Being told about tasks without asking again and again."""

    @property
    def holder(self) -> int:
        """This process's identity as a holder of connections; it dies with the process."""
        ...

    def follow(self, task_id: TaskId, *, at_most_every: timedelta) -> AsyncGenerator[Task, None]:
        """Yield the task as it is now, then its changes, and last when it has ended.

        `at_most_every` lies at least between two yields of an open task.

        Raises:
            Unavailable: this process stops.
        """
        ...

    async def ended(self, task_id: TaskId) -> Task:
        """Return the task once it has ended; thousands may wait at once.

        Raises:
            Unavailable: this process stops.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class OpenTasks:
    """How many tasks of an engine have this status, and when the oldest was created.

    `reserved` are the milli-credits that they hold.
    """

    engine: str
    status: str
    n_tasks: int
    reserved: int
    oldest: datetime


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was counted at one moment, over all servers and workers.

    `ended` counts the tasks of the last hour by engine and status, `deliveries` the open ones by whether
    anything was posted yet and those closed in the last hour, `workers` the living ones by engine.
    """

    open: Sequence[OpenTasks]
    ended: Mapping[tuple[str, str], int]
    deliveries: Mapping[str, int]
    workers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """How many files of a kind an account has in the object store, and their sum in bytes."""

    account_id: AccountId
    kind: FileKind
    n_files: int
    n_bytes: int


class Census(Protocol):
    """Counts for those who watch over it."""

    async def stored(self) -> list[Stored]:
        """Add up what is kept, file by file, and so not for every few seconds; raises `Unavailable`."""
        ...

    async def figures(self, *, now: datetime) -> Figures:
        """Count by indexes alone; raises `Unavailable`."""
        ...


class Meter(Protocol):
    """Counts what this process does; every call is immediate."""

    def attempt_ended(self, engine: str, outcome: str, *, elapsed: timedelta, settled: int) -> None:
        """Count an attempt, how long it took, and the milli-credits that its success cost."""
        ...


class AccountStore(Protocol):
    """Who may call, and with which key."""

    async def caller(self, secret: str, *, now: datetime) -> Caller:
        """Return whom the key stands for.

        Raises:
            KeyRefused: unknown, revoked or expired.
        """
        ...

    async def caller_of(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> Caller:
        """Return whom a key stands for, without its secret.

        Raises:
            KeyRefused: the account has no such key, or it is revoked or expired.
        """
        ...

    async def create_key(
        self, terms: KeyTerms, *, account_id: AccountId, now: datetime
    ) -> tuple[ApiKey, str]:
        """Make a key; the secret is returned here and never again."""
        ...

    async def rotate_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> str | None:
        """Give a key a new secret and close the old one; None when the account has no such open key."""
        ...

    async def keys(self, *, account_id: AccountId) -> list[ApiKey]:
        """Return the account's keys, newest first, revoked ones included."""
        ...

    async def revoke_key(self, key_id: KeyId, *, account_id: AccountId, now: datetime) -> bool:
        """Close a key for good; False when the account has no such open key."""
        ...

    async def webhook_secrets(self, *, account_id: AccountId) -> WebhookSecrets:
        """Return what signs the account's callbacks now."""
        ...

    async def rotate_webhook_secret(
        self, *, account_id: AccountId, keep_old_for: timedelta | None
    ) -> WebhookSecrets:
        """Make a new secret; the newest so far signs beside it for a while, or no more where that is None."""
        ...


class PeopleStore(Protocol):
    """Who owns accounts, and which browsers are logged in. E-mails are tidy ones.

    A session's and a link's secret are returned where they are made and never again.
    """

    async def register(self, email: str, password_hash: str, *, now: datetime) -> Account:
        """Make an account.

        Raises:
            InvalidRequest: the e-mail has one already.
        """
        ...

    async def account(self, account_id: AccountId) -> Account:
        """Return an account that exists."""
        ...

    async def accounts(self) -> list[Account]:
        """Return every account, the newest first."""
        ...

    async def account_of_email(self, email: str) -> tuple[Account, str] | None:
        """Return the account and its password's hash, or None where nobody can log in by this e-mail."""
        ...

    async def set_password(
        self, account_id: AccountId, password_hash: str, *, email: str | None = None
    ) -> None:
        """Change the password, and the e-mail where one is given.

        Raises:
            InvalidRequest: the e-mail is another account's.
        """
        ...

    async def set_limits(
        self,
        account_id: AccountId,
        *,
        most_open: int | None,
        most_a_minute: int | None,
        weight: float | None,
    ) -> None:
        """Give the account numbers of its own; 0 is no limit, and None leaves what is there.

        `weight` is its share of the workers beside others whose tasks wait as well; usually 1.
        """
        ...

    async def begin_session(
        self, account_id: AccountId, *, browser: str, address: str, lasts: timedelta, now: datetime
    ) -> str:
        """Log a browser in and return the secret of its session."""
        ...

    async def session(self, secret: str, *, now: datetime) -> Session | None:
        """Return the session, unless it is unknown or over."""
        ...

    async def sessions(self, account_id: AccountId, *, now: datetime) -> list[Session]:
        """Return the account's sessions, the one seen last first."""
        ...

    async def end_session(self, session_id: SessionId, *, account_id: AccountId) -> bool:
        """Log a browser out; False when the account has no such session."""
        ...

    async def end_sessions(self, account_id: AccountId, *, but: SessionId | None = None) -> None:
        """Log every browser out, but one."""
        ...

    async def make_link(self, account_id: AccountId, *, lasts: timedelta, now: datetime) -> str:
        """Make a link that lets its holder choose a password; the account's earlier one is void."""
        ...

    async def account_of_link(self, secret: str, *, now: datetime) -> Account | None:
        """Return the account whose password the link lets one choose, unless it is unknown, used or over."""
        ...

    async def use_link(self, secret: str, password_hash: str, *, email: str, now: datetime) -> Account | None:
        """Set e-mail and password, and end link and sessions; None when another was faster.

        Raises:
            InvalidRequest: the e-mail is another account's.
        """
        ...

    async def note_attempt(self, subject: str, *, limit: AttemptLimit, now: datetime) -> bool:
        """Count an attempt against whom it is held; False when it is one too many."""
        ...

    async def forgive_attempts(self, subject: str) -> None:
        """Forget what was counted."""
        ...


class CreditStore(Protocol):
    """What accounts have been given."""

    async def acquire(self, account_id: AccountId, *, millicredits: int, now: datetime) -> bool:
        """Make the account's application and grant it its free credits; False when it has one already."""
        ...

    async def grant(self, account_id: AccountId, *, millicredits: int, note: str, now: datetime) -> Account:
        """Add to, or with a negative amount take from, what the account has.

        Raises:
            InvalidRequest: more would be taken than it has.
        """
        ...

    async def usage(self, account_id: AccountId, *, since: datetime) -> list[Usage]:
        """Return what finished tasks cost, by the day they ended and by model; the oldest first."""
        ...

    async def totals(self, account_id: AccountId) -> Totals:
        """Return where all credits went so far."""
        ...

    async def entries(
        self, account_id: AccountId, *, limit: int, before: int | None = None
    ) -> list[LedgerEntry]:
        """Return lines of the ledger, newest first, from below the line of this number."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose."""

    async def hashed(self, password: str) -> str:
        """Return what may be kept of a password."""
        ...

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Say whether it is the password; as slow where there is nothing to compare it with."""
        ...


class DeliveryStore(Protocol):
    """The deliveries that finished tasks left behind."""

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the delivery, or None when it is gone."""
        ...

    async def record_receipt(
        self, delivery: Delivery, receipt: Receipt, *, again_in: timedelta | None, now: datetime
    ) -> None:
        """Log one post; queue the next one, or close the delivery where `again_in` is None.

        A second word about the same post, told by the delivery's `n_posts`, changes nothing.
        """
        ...

    async def log(self, task_id: TaskId, *, account_id: AccountId) -> DeliveryLog | None:
        """Return the task's delivery with its posts, unless there is none or it is another account's."""
        ...

    async def replay(self, task_id: TaskId, *, account_id: AccountId) -> bool:
        """Have the task's delivery posted at once, under its old id, whatever became of it so far.

        Its schedule begins anew. A post that is under way is the one asked for. False when the account
        has no such delivery.
        """
        ...


class InboxStore(Protocol):
    """Callback inboxes, and what was posted to them in the last seven days.

    Every method is one transaction. All raise `Unavailable` when the store cannot be reached.
    """

    async def create(self, *, account_id: AccountId, now: datetime) -> Inbox:
        """Make an inbox with a new secret.

        Raises:
            InvalidRequest: the account has as many as it may.
        """
        ...

    async def inboxes(self, *, account_id: AccountId) -> list[Inbox]:
        """Return the account's inboxes, newest first, without those that are revoked."""
        ...

    async def inbox_of(self, secret: str) -> Inbox | None:
        """Return the inbox with this secret, revoked or not."""
        ...

    async def choose_answer(self, inbox_id: InboxId, answer: InboxAnswer, *, account_id: AccountId) -> bool:
        """Have an inbox answer so from now on; False when the account has no such inbox."""
        ...

    async def revoke(self, inbox_id: InboxId, *, account_id: AccountId, now: datetime) -> bool:
        """Close an inbox for good and forget what it received; False when the account has no such inbox."""
        ...

    async def receive(
        self, inbox_id: InboxId, arrival: Arrival, *, verdict: Verdict, now: datetime
    ) -> InboxAnswer:
        """Keep an arrival, drop the oldest where there are too many, and return what to answer.

        Raises:
            TooManyRequests: too many came in the last minute; also where they come at the same moment.
            FileGone: the inbox was revoked.
        """
        ...

    async def entries(
        self,
        *,
        account_id: AccountId,
        limit: int,
        now: datetime,
        inbox_id: InboxId | None = None,
        before: int | None = None,
    ) -> list[InboxEntry]:
        """Return what came to the account's inboxes, or to one of them, newest first.

        `before` is the number of an entry, from below which they are returned.
        """
        ...

    async def entry(self, number: int, *, account_id: AccountId, now: datetime) -> InboxEntry | None:
        """Return one entry, unless it is gone or another account's."""
        ...


class InboxReceiver(Protocol):
    """Takes what is posted to an inbox, by whatever way it comes."""

    async def __call__(self, secret: str, arrival: Arrival, /) -> InboxAnswer:
        """Check the signature, keep the arrival and return what to answer.

        Raises:
            FileUnknown, FileGone: there is no such inbox, or no more.
            TooLarge, TooManyRequests: it is more than an inbox takes.
        """
        ...


class SignatureCheck(Protocol):
    """Knows whether an account's secrets signed what has just arrived."""

    def __call__(self, arrival: Arrival, secrets: WebhookSecrets, /) -> Verdict:
        """Judge by the headers of Standard Webhooks, and by the time that it is now; never raises."""
        ...


class ObjectStore(Protocol):
    """Files by key. A key holds a whole file or nothing.

    All raise `Unavailable` when the store cannot be reached or written.
    """

    async def put(self, key: str, source: Path | bytes, *, content_type: str) -> int:
        """Store a file and return its size in bytes; readers never see it half-written."""
        ...

    async def fetch(self, key: str, target: Path) -> None:
        """Write the file to a local path; raises `FileGone` when there is none."""
        ...

    async def delete_all(self, prefix: str) -> None:
        """Remove every file whose key starts with `prefix/`; no error when there is none."""
        ...

    def older_than(self, age: timedelta, *, now: datetime) -> AsyncIterator[Sequence[str]]:
        """Yield, in batches, the keys of the files below `tasks/` that were last written so long ago."""
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove these files; no error where one is gone already."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return where the file lies on this machine, or None for a remote store."""
        ...

    async def check(self) -> None:
        """Return when files can be written and read."""
        ...

    async def signed_url(self, key: str, *, lifetime: timedelta) -> str:
        """Return a fresh URL of the remote store for reading the file."""
        ...


class Scratch(Protocol):
    """Room on this machine for the files of attempts while they are made."""

    def folder(self, task_id: TaskId) -> AbstractContextManager[Path]:
        """Return a new folder, with empty folders `inputs` and `output` in it, which goes with the block.

        Raises:
            Unavailable: there is no room for it.
        """
        ...

    def has_room(self) -> bool:
        """Say whether another attempt may begin; quick, and never raises."""
        ...

    def free_bytes(self) -> int | None:
        """Return how much the disk has left, or None where it cannot be asked; quick, and never raises."""
        ...


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file brought from a caller's URL, its type told by its content."""

    path: Path
    content_type: str
    n_bytes: int
    sha256: str


class Fetcher(Protocol):
    """Brings pictures and videos from callers' URLs without being led astray."""

    async def fetch(
        self, url: str, target: Path, *, max_bytes: int, field: str, account_id: AccountId
    ) -> Fetched:
        """Download to `target`; a URL of our own must lead to a file of the account.

        Raises:
            InvalidRequest: the URL, its host, or what it serves is not acceptable; names `field`.
            Unavailable: our own disk or store is at fault.
        """
        ...


class OwnFiles(Protocol):
    """Knows which URLs are our own, so that they are never fetched over the network."""

    async def __call__(self, url: str, /, *, account_id: AccountId) -> str | None:
        """Return the object key behind a URL of our public origin, or None for anybody else's URL.

        Raises:
            FileUnknown, FileGone: the URL is ours, and leads to no file that this account may use.
        """
        ...


class OwnInboxes(Protocol):
    """Knows which URLs are our own inboxes, so that nothing is ever posted to them over the network."""

    async def __call__(self, url: str, /) -> str | None:
        """Return the secret of the inbox behind a URL, or None for anybody else's URL.

        Raises:
            FileUnknown, FileGone: the URL is ours, and leads to no inbox, or to one that was revoked.
        """
        ...


class URLCheck(Protocol):
    """Knows which URLs can never be reached, by their text alone."""

    def __call__(self, url: str, /) -> str | None:
        """Say why in words, as a predicate about the URL, or return None; pure and immediate."""
        ...


class CallbackSender(Protocol):
    """Posts one callback."""

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        """Sign and post; every outcome is a receipt, nothing is raised."""
        ...


class CallbackWriter(Protocol):
    """Writes what a callback says; the HTTP dialect of the create knows how."""

    def __call__(self, task: Task) -> bytes:
        """Return the JSON body for a task that has ended."""
        ...


class Router(Protocol):
    """Chooses engines for requests.

    `source_engine` is the engine that made the clip which an extend continues, and None otherwise.
    """

    async def choose(self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None) -> str:
        """Return the name of the engine that will render this.

        Raises:
            NotImplementedByEngine: none on the route can honour it.
        """
        ...

    async def next_choice(
        self,
        request: GenerationRequest,
        spec: ModelSpec,
        *,
        source_engine: str | None,
        refused_by: Sequence[str],
    ) -> str | None:
        """Return another engine that a living worker serves, or None where all of them have refused."""
        ...

    def able(
        self, request: GenerationRequest, spec: ModelSpec, *, source_engine: str | None
    ) -> Sequence[str]:
        """Return every engine of the route that can honour the request, whether a worker serves it or not."""
        ...

    def factor(self, engine: str) -> Fraction:
        """Return what the engine's clips cost, as a multiple of the catalogue's price."""
        ...


class PictureReader(Protocol):
    """Reads what a picture is from its first bytes, without decoding it."""

    def __call__(self, content: bytes | Path, *, field: str) -> PictureFacts:
        """Return type and size; raises `InvalidRequest` naming `field` for what is not a picture."""
        ...
