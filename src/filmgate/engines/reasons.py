"""Why a render failed, in one sentence that is fit for its caller: no traces, paths or addresses."""

import re
import signal

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.secrecy import without_secrets

_MAX_CHARACTERS = 200
_ADDRESS = re.compile(r"\w+://\S+")
_PATH = re.compile(r"""(?<![\w/.])(?:~|\.{1,2}|[A-Za-z]:)?[/\\]\w[^\s'":,;)\]]*""")
_HOST_MEMORY = re.compile(
    r"\bMemoryError\b|bad_alloc|insufficient memory|cannot allocate memory", re.IGNORECASE
)
_DEVICE_MEMORY = re.compile(r"out of memory", re.IGNORECASE)
# After one of these every later call to the device fails alike, for as long as the process lives.
_DEVICE_FAULT = re.compile(
    r"\b(?:CUDA|HIP|cuDNN|NCCL) error\b|\bCUBLAS_STATUS_|device-side assert", re.IGNORECASE
)
_PYTHON_FAULT = re.compile(r"^Fatal Python error:", re.MULTILINE)
# Which of these it was is in the log, where Python's fault handler tells it.
_CRASHES = tuple(
    -number for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
)
_MOST_LOGGED = 2000


def short_reason(text: str) -> str:
    """Return the first line of a message without paths, addresses and secrets, at most 200 characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = without_secrets(_PATH.sub("…", _ADDRESS.sub("…", line)))
    line = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return line if len(line) <= _MAX_CHARACTERS else line[: _MAX_CHARACTERS - 1] + "…"


def reason_of(error: BaseException) -> str:
    """Name the kind of an error and say its message, shortened as above."""
    return short_reason(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def out_of_memory(words: str, *, limit_bytes: int | None) -> str | None:
    """Return the sentence for words in which libraries tell that memory ran out; None for any others."""
    if _HOST_MEMORY.search(words):
        limit = "" if limit_bytes is None else f"; its limit is {limit_bytes / 2**20:.0f} MiB"
        return f"The renderer ran out of memory{limit}."
    # The memory of a device has limits of its own, and its library names them.
    return f"The renderer failed: {words}" if _DEVICE_MEMORY.search(words) else None


def is_device_fault(words: str) -> bool:
    """Say whether these words of a library tell that the process has lost its device."""
    return _DEVICE_FAULT.search(words) is not None


def obituary(
    returncode: int, *, output: str, memory_limit_bytes: int | None, cpu_limit_seconds: float | None
) -> str:
    """Say why a child ended by itself.

    `returncode` is an exit status, or minus a signal's number; `output` is the end of what it printed.
    """
    words = _last_words(output)
    if returncode == -signal.SIGXCPU and cpu_limit_seconds is not None:
        return f"The renderer used more than its {cpu_limit_seconds:g} s of processor time."
    if (sentence := out_of_memory(words, limit_bytes=memory_limit_bytes)) is not None:
        return sentence
    if returncode == -signal.SIGKILL:
        return "The renderer was killed from outside (SIGKILL), as the system does when memory runs out."
    if returncode in _CRASHES:
        return f"The renderer crashed: {words}" if words else "The renderer crashed."
    how = (
        f"was stopped by {_signal_name(-returncode)}" if returncode < 0 else f"ended with status {returncode}"
    )
    return f"The renderer {how}: {words}" if words else f"The renderer {how}."


def excerpt(text: str) -> str:
    """Return both ends of a long text and how much is left out between them, for a line of a log."""
    left_out = len(text) - _MOST_LOGGED
    if left_out <= 0:
        return text
    half = _MOST_LOGGED // 2
    return f"{text[:half]}\n… {left_out:,} characters left out …\n{text[-half:]}"


def _last_words(output: str) -> str:
    # Python's fault handler prints stacks after the line that says what happened; a trace is indented.
    spoken = _PYTHON_FAULT.split(output)[0].splitlines()
    return short_reason(next((line for line in reversed(spoken) if line.strip() and line[0] > " "), ""))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def refusal(field: str, reason: str) -> InvalidRequest:
    """Return the error that says why the file given as `field` cannot be used."""
    return InvalidRequest([Objection(field, None, f"{field} is not a usable video: {reason}.")])
