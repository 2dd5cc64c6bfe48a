"""What runs inside a renderer's child process."""

from collections.abc import Callable, Sequence
from typing import Protocol

from filmgate.ports import RenderedFile, RenderJob


class Renderer(Protocol):
    """The synchronous half of an engine: one job at a time, in a process of its own.

    The process is killed to cancel a job, so a renderer needs no cancel of its own.
    """

    def warm(self) -> None:
        """Import, load and build what every job needs, before the first one."""
        ...

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Make the clip in `job.folder`; `progress` takes 0 to 1 and is cheap.

        Raises:
            InvalidRequest: an input turned out to be unusable; the caller's fault.
        """
        ...
