"""What a run asks for and what it breaks, and when: nothing but a function of the seed."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from random import Random

N_ACCOUNTS = 3
N_WORKERS = 2

_FIRST_STRIKE_SECONDS = 1.5


class Victim(StrEnum):
    """What a strike hits. All are killed by SIGKILL, but the frozen worker, which is stopped for a while."""

    API = "api"
    WORKER = "worker"
    RENDERER = "renderer"
    DATABASE = "database"
    DATABASE_BACKEND = "database backend"
    EVERYTHING = "everything"
    FROZEN_WORKER = "frozen worker"


class Manner(StrEnum):
    """How a client learns what became of its wish."""

    HELD = "held"
    POLLED = "polled"
    CALLED_BACK = "called back"


class Then(StrEnum):
    """How a script ends."""

    CLIP = "clip"
    REFUSE = "refuse"
    CRASH = "crash"


_WEIGHTS = {
    Victim.API: 24,
    Victim.WORKER: 32,
    Victim.RENDERER: 20,
    Victim.DATABASE: 12,
    Victim.DATABASE_BACKEND: 8,
    Victim.EVERYTHING: 4,
}


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One blow, as long after the blow before it as the moments `at` which they fall lie apart.

    A patient one waits first until the server or worker that it is to hit is up; others may find it starting.
    `draw` chooses among those it could hit; after `pause` seconds what was hit is started again, or thawed.
    """

    at: float
    is_patient: bool
    victim: Victim
    draw: int
    pause: float


@dataclass(frozen=True, kw_only=True)
class Script:
    """What the renderer does for a wish: steps of progress with a pause in seconds after each."""

    steps: int
    pause: float
    then: Then

    def __str__(self) -> str:
        return f"steps={self.steps} pause={self.pause} then={self.then}"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One clip that somebody wants, `at` seconds after the load began.

    `patience` is after how many seconds a client hangs up and asks again. `n_equal` clients ask at once
    with one Idempotency-Key where it is more than one. `refusals` are what the receiver answers to the
    first posts of the callback; 0 hangs up.
    """

    number: int
    at: float
    account: int
    manner: Manner
    script: Script
    duration: int
    has_picture: bool
    patience: float | None
    n_equal: int
    cancel_after: float | None
    is_extended: bool
    is_deleted: bool
    refusals: tuple[int, ...]

    @property
    def seed(self) -> int:
        """The seed of its clip, by which the task and the frames are known again."""
        return 2 * self.number

    @property
    def seed_of_extension(self) -> int:
        """The seed of the clip that continues it."""
        return 2 * self.number + 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole run."""

    seed: int
    seconds: float
    strikes: tuple[Strike, ...]
    wishes: tuple[Wish, ...]

    @property
    def digest(self) -> str:
        """Equal for equal plans."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def plan_of(seed: int, *, seconds: float, n_kills: int, n_freezes: int, n_wishes: int) -> Plan:
    """Draw a run of so many seconds of load."""
    random = Random(seed)
    victims = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=n_kills)
    victims += [Victim.FROZEN_WORKER] * n_freezes
    strikes = [_strike(random, victim, seconds=seconds) for victim in victims]
    moments = sorted(random.uniform(0, seconds) for _ in range(n_wishes))
    wishes = [_wish(random, number, at) for number, at in enumerate(moments)]
    return Plan(
        seed=seed,
        seconds=seconds,
        strikes=tuple(sorted(strikes, key=lambda strike: strike.at)),
        wishes=tuple(wishes),
    )


def _strike(random: Random, victim: Victim, *, seconds: float) -> Strike:
    # A worker that is silent for two seconds is lost in a run, and a second later another takes its task.
    pause = random.uniform(3.1, 3.7) if victim is Victim.FROZEN_WORKER else random.choice([0, 0, 0.2, 1])
    at = random.uniform(min(_FIRST_STRIKE_SECONDS, seconds / 2), seconds)
    return Strike(
        at=round(at, 3),
        is_patient=random.random() < 0.75,
        victim=victim,
        draw=random.randrange(2**16),
        pause=round(pause, 3),
    )


def _wish(random: Random, number: int, at: float) -> Wish:
    manner = random.choices(list(Manner), [3, 2, 4])[0]
    script = _script(random)
    is_clip = script.then is Then.CLIP
    is_asynchronous = manner is not Manner.HELD
    is_cancelled = is_clip and is_asynchronous and random.random() < 0.15
    return Wish(
        number=number,
        at=round(at, 3),
        account=random.randrange(N_ACCOUNTS),
        manner=manner,
        script=script,
        duration=random.randint(3, 6),
        has_picture=random.random() < 0.15,
        patience=round(random.uniform(0.5, 3), 3)
        if manner is Manner.HELD and random.random() < 0.4
        else None,
        n_equal=random.randint(2, 5) if random.random() < 0.15 else 1,
        cancel_after=round(random.uniform(0, 3), 3) if is_cancelled else None,
        is_extended=is_clip and is_asynchronous and not is_cancelled and random.random() < 0.15,
        is_deleted=is_clip and not is_cancelled and random.random() < 0.1,
        refusals=tuple(random.choices([500, 503, 302, 0], k=random.choice([0, 0, 0, 1, 2, 3]))),
    )


def _script(random: Random) -> Script:
    then = random.choices(list(Then), [94, 4, 2])[0]
    steps = random.randint(1, 6)
    # Most are quick, so that many fit; some are so long that a worker thaws while another renders them.
    seconds = random.uniform(2.2, 3.2) if random.random() < 0.25 else random.uniform(0, 0.6)
    return Script(steps=steps, pause=round(seconds / steps, 3), then=then)
