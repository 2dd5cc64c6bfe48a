"""What runs inside a renderer's child process."""

from collections.abc import Callable, Sequence
from typing import Protocol

from filmgate.ports import RenderedFile, RenderJob


class RenderStopped(Exception):
    """Raised by `progress` where the job was cancelled and the child is to live on; let it pass."""


class Renderer(Protocol):
    """The synchronous half of an engine: one job at a time, in a process of its own.

    The process is killed to cancel a job, so a renderer needs no cancel of its own. One that would lose
    too much by that (a model that takes minutes to load) is given `stop_within`: then `progress` raises
    `RenderStopped`, and the process is killed only where that does not end the job in time.
    """

    def warm(self) -> None:
        """Import, load and build what every job needs, before the first one.

        Raises:
            EngineFailed: it cannot, for the reason that the message gives to the operator.
        """
        ...

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Make the clip in `job.folder`; `progress` takes 0 to 1 and is cheap.

        Raises:
            InvalidRequest: an input turned out to be unusable; the caller's fault.
        """
        ...
