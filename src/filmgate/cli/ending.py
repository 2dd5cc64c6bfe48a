"""How a command ends."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What scripts go by."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AWAY = 3
    INTERRUPTED = 130


class CommandFailed(Exception):
    """The command ends without what it was for; the message is one line for its user."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class Refused(CommandFailed):
    """The server said no, or the task failed; `code` is the word on the wire."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class ServerAway(CommandFailed):
    """No server answers there."""

    exit_code = ExitCode.AWAY


class Interrupted(CommandFailed):
    """SIGINT, SIGTERM or SIGHUP came."""

    exit_code = ExitCode.INTERRUPTED
