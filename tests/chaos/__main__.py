"""`python -m tests.chaos`: kill everything again and again under load, and check what was promised."""

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path

from tests.chaos.ground import Ground
from tests.chaos.plan import Plan, plan_of
from tests.chaos.plants import Fault
from tests.chaos.run import Summary, run
from tests.chaos.site import NotUp


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="what is asked and struck, and when; drawn where not given")
    parser.add_argument("--minutes", type=float, default=10, help="of load")
    parser.add_argument("--kills", type=int, default=240)
    parser.add_argument("--freezes", type=int, help="of a worker, for longer than it may be silent")
    parser.add_argument("--wishes", type=int, help="clips that are asked for; one a second where not given")
    parser.add_argument("--plant", choices=list(Fault), help="break the product first: the run must fail")
    parser.add_argument("--quiet-within", type=float, default=900, metavar="SECONDS")
    parser.add_argument("--summary", type=Path, help="where to write it; build/chaos-SEED.json")
    return parser.parse_args()


async def _run(plan: Plan, ground: Ground, *, planted: Fault | None, quiet_within: float) -> Summary:
    running = asyncio.create_task(run(plan, ground, planted=planted, quiet_within=quiet_within, report=_say))
    # However it is ended, its processes must not stay behind.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


def _say(line: str) -> None:
    # At once, for those who look through a pipe.
    print(line, flush=True)


def main() -> int:
    """Return 0 where every promise was kept, else 1."""
    arguments = _arguments()
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    seconds = arguments.minutes * 60
    plan = plan_of(
        seed,
        seconds=seconds,
        n_kills=arguments.kills,
        n_freezes=arguments.kills // 10 if arguments.freezes is None else arguments.freezes,
        n_wishes=round(seconds) if arguments.wishes is None else arguments.wishes,
    )
    ground = Ground.make()
    _say(f"seed {seed}, plan {plan.digest}, in {ground.folder}")
    planted = None if arguments.plant is None else Fault(arguments.plant)
    try:
        summary = asyncio.run(_run(plan, ground, planted=planted, quiet_within=arguments.quiet_within))
    except NotUp as error:
        _say(f"BROKEN  all comes back by itself: {error}")
        return 1
    summary.write(arguments.summary or Path("build") / f"chaos-{seed}.json")
    for line in summary.lines():
        _say(line)
    if summary.findings:
        _say(f"what it left is kept in {ground.folder}")
        return 1
    ground.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
