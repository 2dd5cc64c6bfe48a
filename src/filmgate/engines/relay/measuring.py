"""Examines one clip in a process of its own, with limits: an upstream's file is nobody's to trust.

Called with the file, and where it is to be made into another one, with that one's path and a `Wanted`.
"""

import os
import resource
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.domain.tasks import ClipFacts
from filmgate.engines.relay.conforming import conform, examined
from filmgate.engines.relay.wanted import EXAMINED, WANTED, Examined, changes

_MEMORY_BYTES = 4 * 2**30
_PROCESSOR_SECONDS = 600
_NICENESS = 5


def main() -> int:
    """Print an `Examined` as JSON; or why there is none, and return 1."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What can be written to; address space that a codec only reserves would count as well in RLIMIT_AS.
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    try:
        told = _examined([Path(each) for each in sys.argv[1:3]], wanted=sys.argv[3:])
    except (InvalidRequest, EngineFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print(EXAMINED.dump_json(told).decode())
    return 0


def _examined(paths: list[Path], *, wanted: list[str]) -> Examined:
    found = examined(paths[0])
    told = Examined(facts=found.facts, delivered=found.in_words())
    if not wanted:
        return told
    goal = WANTED.validate_json(wanted[0])
    needed = changes(found, goal)
    if not needed:
        return told
    conform(paths[0], paths[1], wanted=goal)
    facts = ClipFacts(
        width=goal.width,
        height=goal.height,
        fps=Fraction(goal.fps),
        duration=Fraction(goal.n_frames, goal.fps),
        has_audio=goal.has_sound,
    )
    return replace(told, facts=facts, changes=tuple(needed))


if __name__ == "__main__":
    sys.exit(main())
