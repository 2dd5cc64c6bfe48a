"""Looking at what a run left behind: waiting until all is quiet, downloading, sweeping, and searching."""

import asyncio
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import av
import httpx

from filmgate.media.objects import open_objects
from filmgate.service.sweep import Sweep
from filmgate.store.database import Database
from filmgate.store.past import PostgresPastStore
from tests.chaos.ground import Ground
from tests.chaos.renderer import greys_in

_GLANCE_SECONDS = 0.3
_RETENTION = timedelta(days=30)
_AT_ONCE = 100
# What a data folder holds while nothing runs.
_LASTING = {"database", "objects", "local.key", "work"}
_NUMBER = re.compile(r"\d+")
_INPUTS = re.compile(r"tasks/([0-9a-f-]{36})/inputs/")


class _Later:
    """A clock that is ahead, so that what the sweeps wait for has passed."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        """Return a time to come."""
        return datetime.now(UTC) + self._by


async def until_quiet(database: Database, *, within: float) -> bool:
    """Return True once no task, job or delivery is open, or False after `within` seconds."""
    try:
        async with asyncio.timeout(within):
            while await database.row(_OPEN) is not None:  # noqa: ASYNC110 - rows tell nobody when they go.
                await asyncio.sleep(_GLANCE_SECONDS)
    except TimeoutError:
        return False
    return True


_OPEN = """
    SELECT FROM task WHERE status IN ('waiting', 'running')
    UNION ALL SELECT FROM pgqueuer WHERE status IN ('queued', 'picked')
    UNION ALL SELECT FROM delivery WHERE delivered_at IS NULL AND given_up_at IS NULL
    LIMIT 1
"""


async def records_of(url: str, *, keys: Sequence[str], task_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the records of tasks as the API shows them to their accounts, by their ids."""
    records: dict[str, dict[str, Any]] = {}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for key in keys:
            for first in range(0, len(task_ids), _AT_ONCE):
                answer = await client.post(
                    "/kling/tasks",
                    json={"action": "retrieve_batch", "ids": task_ids[first : first + _AT_ONCE]},
                    headers={"authorization": f"Bearer {key}"},
                )
                records |= {record["id"]: record for record in answer.raise_for_status().json()["items"]}
    return records


async def clips_of(records: Mapping[str, dict[str, Any]]) -> dict[UUID, Sequence[int] | str]:
    """Download every clip that is shown, and return the greys of its frames or what was wrong with it."""
    clips: dict[UUID, Sequence[int] | str] = {}
    async with httpx.AsyncClient(timeout=60) as client:
        for task_id, record in records.items():
            if (url := record["data"].get("video_url")) is not None:
                clips[UUID(task_id)] = await _greys(client, url)
    return clips


async def _greys(client: httpx.AsyncClient, url: str) -> Sequence[int] | str:
    answer = await client.get(url)
    if answer.status_code != 200:
        return f"{url} answered {answer.status_code}"
    try:
        return await asyncio.to_thread(greys_in, io.BytesIO(answer.content))
    except av.FFmpegError as error:
        return f"{url} does not decode: {error}"


async def unowned_files(database: Database, ground: Ground) -> list[str]:
    """Make the sweeps of two days from now, and return the files that still belong to no task."""
    await _sweep(database, ground, ahead=timedelta(days=2))
    rows = await database.fetch(
        "SELECT object_key FROM artefact JOIN task USING (task_id) WHERE files_removed_at IS NULL"
    )
    owned = {row["object_key"] for row in rows}
    known = await database.fetch("SELECT task_id FROM task WHERE files_removed_at IS NULL")
    task_ids = {str(row["task_id"]) for row in known}
    return [key for key in _files(ground) if key not in owned and not _is_input_of(key, task_ids)]


async def files_past_retention(database: Database, ground: Ground) -> list[str]:
    """Make the sweeps of a time when no result is kept any more, and return the files that still are."""
    await _sweep(database, ground, ahead=_RETENTION + timedelta(days=2))
    return _files(ground)


async def _sweep(database: Database, ground: Ground, *, ahead: timedelta) -> None:
    sweep = Sweep(
        past=PostgresPastStore(database),
        objects=open_objects((ground.data / "objects").as_uri()),
        clock=_Later(ahead),
        retention=_RETENTION,
    )
    await sweep()
    await sweep.orphans()


def _files(ground: Ground) -> list[str]:
    objects = ground.data / "objects"
    return [str(path.relative_to(objects)) for path in sorted(objects.rglob("*")) if path.is_file()]


def _is_input_of(key: str, task_ids: set[str]) -> bool:
    found = _INPUTS.match(key)
    return found is not None and found[1] in task_ids


def scratch_folders(ground: Ground) -> list[str]:
    """Return the folders of attempts and of their processes that are still there."""
    return [str(path.relative_to(ground.data)) for path in sorted((ground.data / "work").glob("*"))]


def files_beside(ground: Ground) -> list[str]:
    """Return what is in the data folder and in the folder of temporary files and should not be."""
    found = [path for path in sorted(ground.data.iterdir()) if path.name not in _LASTING]
    return [str(path.relative_to(ground.folder)) for path in (*found, *sorted(ground.temporary.iterdir()))]


def logged_faults(ground: Ground) -> Counter[str]:
    """Count what the processes logged as errors, by the events, and the lines that are no log lines.

    Numbers in them are left out.
    """
    faults = (fault for log in ground.folder.glob("*.log") for fault in _faults_in(log.read_text()))
    return Counter(_NUMBER.sub("N", fault) for fault in faults)


def _faults_in(log: str) -> Iterator[str]:
    for line in log.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            # The last line of a killed process may be cut short.
            if line and not line.startswith("{"):
                yield line[:200]
            continue
        if said.get("level") in ("error", "critical"):
            yield str(said["event"])[:200]
