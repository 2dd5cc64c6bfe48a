"""What a worker and a renderer's child say to each other: one JSON document a line.

The worker sends a `Setup`, then one `RenderJob` after another, and `STOP_LINE` to end the one that runs.
The child answers `Ready` once (or `Failed`, and ends), then for each job any number of `Progress` and exactly
one of `Done`, `Refused`, `Failed` and `Stopped`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from filmgate.domain.errors import Objection
from filmgate.ports import RenderedFile, RenderJob

MAX_LINE_BYTES = 4 * 1024 * 1024
STOP_LINE = b'"stop"\n'


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the child is to build its renderer, and the limits it sets on itself (None: no limit)."""

    options: Mapping[str, Any]
    memory_limit_bytes: int | None = None
    cpu_limit_seconds: float | None = None


@dataclass(frozen=True)
class Ready:
    """The renderer is warm."""

    kind: Literal["ready"] = "ready"


@dataclass(frozen=True)
class Progress:
    """So much of the job is done, from 0 to 1."""

    fraction: float
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True)
class Done:
    """The renderer returned these files."""

    files: Sequence[RenderedFile]
    kind: Literal["done"] = "done"


@dataclass(frozen=True)
class Refused:
    """The renderer raised `InvalidRequest`."""

    objections: Sequence[Objection]
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The renderer raised something else: a sentence for the caller, and the trace for the log.

    Where it `is_spoilt`, the child is not to be trusted with another job.
    """

    reason: str
    trace: str
    is_spoilt: bool = field(default=False)
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Stopped:
    """The renderer let go of the job because it was told to stop."""

    kind: Literal["stopped"] = "stopped"


Report = Ready | Progress | Done | Refused | Failed | Stopped

_SETUP = TypeAdapter(Setup)
_JOB = TypeAdapter(RenderJob)
_REPORT: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="kind")])


def setup_line(setup: Setup) -> bytes:
    """Encode the first line; raises `ValueError` where an option is no JSON value."""
    return _SETUP.dump_json(setup) + b"\n"


def read_setup(line: bytes) -> Setup:
    """Decode the first line; raises `ValueError`."""
    return _SETUP.validate_json(line)


def job_line(job: RenderJob) -> bytes:
    """Encode a job; raises `ValueError` where its text cannot be written as UTF-8."""
    return _JOB.dump_json(job) + b"\n"


def read_job(line: bytes) -> RenderJob:
    """Decode a job equal to the one that was encoded; raises `ValueError`."""
    return _JOB.validate_json(line)


def report_line(report: Report) -> bytes:
    """Encode an answer; an objection's value that is no JSON value travels as its `str`."""
    return _REPORT.dump_json(report, fallback=str) + b"\n"


def read_report(line: bytes) -> Report:
    """Decode an answer; raises `ValueError` for anything that is none."""
    return _REPORT.validate_json(line)
