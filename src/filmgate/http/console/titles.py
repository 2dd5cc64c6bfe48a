"""What a task is called on pages: its prompt, or what it was made from where it has none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from filmgate.domain.accounts import AccountId
from filmgate.domain.requests import Action
from filmgate.domain.tasks import Task, VideoId
from filmgate.domain.wording import counted
from filmgate.ports import TaskStore

_LONGEST_QUOTED = 60
_UNREADABLE = "Made by another version of this server"


@dataclass(frozen=True)
class Titles:
    """Tells what tasks are called. `sources` are the tasks whose clips others continue, by their video."""

    sources: Mapping[VideoId, Task]

    def of(self, task: Task) -> str:
        """Return the prompt, or words that stand for one that is not there."""
        request = task.request
        if request is None:
            return _UNREADABLE
        if request.prompt and not request.prompt.isspace():
            return request.prompt
        if request.action is Action.EXTEND:
            return f"Extension of {self._source_words(task)}"
        if request.shots:
            return f"{counted(len(request.shots), 'shot')}: {request.shots[0].prompt}"
        return "(no prompt)"

    def source(self, task: Task) -> Task | None:
        """Return the task whose clip this one continues, if it continues one that is known."""
        video_id = _source_id(task)
        return None if video_id is None else self.sources.get(video_id)

    def _source_words(self, task: Task) -> str:
        source = self.source(task)
        prompt = (source.request.prompt or "").strip() if source and source.request else ""
        return f"“{_first_words(prompt)}”" if prompt else f"video {_source_id(task)}"


async def titles_of(shown: Iterable[Task], *, tasks: TaskStore, account_id: AccountId) -> Titles:
    """Return the titles of the tasks of an account."""
    wanted = {video_id for task in shown if (video_id := _source_id(task))}
    found = await tasks.tasks_of_videos(sorted(wanted), account_id=account_id) if wanted else []
    return Titles({task.video_id: task for task in found if task.video_id})


def _source_id(task: Task) -> VideoId | None:
    return VideoId(task.request.video_id) if task.request and task.request.video_id else None


def _first_words(prompt: str) -> str:
    words = " ".join(prompt.split())
    return words if len(words) <= _LONGEST_QUOTED else f"{words[:_LONGEST_QUOTED].rsplit(maxsplit=1)[0]}…"
