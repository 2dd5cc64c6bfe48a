"""Examines one clip in a process of its own, with limits: an upstream's file is nobody's to trust.

Called with the file, and where it is to be made into another one, with that one's path and a `Wanted`.
"""

import os
import resource
import sys
from pathlib import Path

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.engines.relay.conforming import examined, made_into
from filmgate.engines.relay.wanted import EXAMINED, WANTED, Examined

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
    if wanted:
        return made_into(paths[1], source=paths[0], wanted=WANTED.validate_json(wanted[0]))
    found = examined(paths[0])
    return Examined(facts=found.facts, delivered=found.in_words())


if __name__ == "__main__":
    sys.exit(main())
