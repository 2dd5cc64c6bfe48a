"""Rows and the domain values they stand for."""

from collections.abc import Mapping
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

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
    Warned,
    before,
)

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

REQUEST = TypeAdapter(GenerationRequest)
WARNINGS = TypeAdapter(tuple[Warned, ...])
CLIP_FACTS = TypeAdapter(ClipFacts)
SETBACKS = TypeAdapter(tuple[Setback, ...])

# A task with its outputs in one row, so that a poll is one index lookup.
SELECT_TASK = """
    SELECT task.*, (
        SELECT json_agg(artefact) FROM artefact
        WHERE artefact.task_id = task.task_id AND artefact.kind <> 'input'
    ) AS files
    FROM task
"""


def may_become(status: Status) -> str:
    """Return the condition on a task's row that it may come to this state, by the table of legal moves."""
    states = ", ".join(f"'{each}'" for each in before(status))
    return f"task.status IN ({states})"


def task_of(row: Mapping[str, Any]) -> Task:
    """Return the task of a `SELECT_TASK` row."""
    failure = None
    if row["failure_code"] is not None:
        failure = Failure(
            row["failure_code"], row["failure_message"], is_outcome_unknown=row["outcome_unknown"]
        )
    return Task(
        task_id=TaskId(row["task_id"]),
        trace_id=row["trace_id"],
        account_id=row["account_id"],
        application_id=row["application_id"],
        key_id=row["key_id"],
        status=Status(row["status"]),
        attempt=row["attempt"],
        handed_back=row["handed_back"],
        request=_readable(REQUEST, row, "request"),
        body=row["body"],
        warnings=_readable(WARNINGS, row, "warnings") or (),
        engine=row["engine"],
        seed=row["seed"],
        reserved=row["reserved"],
        settled=row["settled"],
        progress=row["progress"],
        public_origin=row["public_origin"],
        callback_url=row["callback_url"],
        resume_token=row["resume_token"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        files_deleted_at=row["files_deleted_at"],
        video_id=row["video_id"] and VideoId(row["video_id"]),
        files=tuple(file_of(file) for file in row["files"] or ()),
        failure=failure,
        refused_by=tuple(row["refused_by"]),
        refused_since=row["refused_since"],
        setbacks=(row["setbacks"] and _readable(SETBACKS, row, "setbacks")) or (),
        making=row["making"],
    )


def _readable(adapter: TypeAdapter[_T], row: Mapping[str, Any], column: str) -> _T | None:
    """Return the value of a column, or None where this version cannot read it.

    A row that cannot be read at all would stop everything that comes upon it: workers, and whoever waits
    for news of many tasks.
    """
    try:
        return adapter.validate_python(row[column])
    except ValidationError as error:
        _log.warning("unreadable task", task_id=str(row["task_id"]), column=column, reason=_told(error))
        return None


def _told(error: ValidationError) -> str:
    # Without what was in the column: it is the caller's.
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())


def file_of(row: Mapping[str, Any]) -> StoredFile:
    """Return the stored file of an `artefact` row."""
    return StoredFile(
        kind=FileKind(row["kind"]),
        key=row["object_key"],
        name=row["name"],
        content_type=row["content_type"],
        n_bytes=row["n_bytes"],
        clip=row["clip"] and _readable(CLIP_FACTS, row, "clip"),
    )
