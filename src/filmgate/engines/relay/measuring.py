"""Measures one clip in a process of its own, with limits: an upstream's file is nobody's to trust."""

import json
import resource
import sys
from pathlib import Path

from filmgate.domain.errors import InvalidRequest
from filmgate.engines.probe import clip_facts

_MEMORY_BYTES = 4 * 2**30
_PROCESSOR_SECONDS = 60


def main() -> int:
    """Print what was measured on the file that is named, as JSON; or why nothing was, and return 1."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    try:
        facts = clip_facts(Path(sys.argv[1]), field="the clip")
    except InvalidRequest as error:
        print(error, file=sys.stderr)
        return 1
    told = {
        "width": facts.width,
        "height": facts.height,
        "fps": str(facts.fps),
        "duration": str(facts.duration),
        "has_audio": facts.has_audio,
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
