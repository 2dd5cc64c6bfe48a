"""What both kinds of engine keep at the `Engine` port, whatever renders behind them."""

from collections.abc import Sequence
from pathlib import Path

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import FileKind
from filmgate.ports import RenderedFile, RenderWatch


class SteadyWatch:
    """A `RenderWatch` whose progress never falls and stays within 0 and 1."""

    def __init__(self, watch: RenderWatch) -> None:
        self._watch = watch
        self._furthest = -1.0

    async def progress(self, fraction: float) -> None:
        """Pass on what is further than before; an upstream that retries may count from 0 again."""
        fraction = min(max(fraction, 0.0), 1.0)
        if fraction > self._furthest:
            self._furthest = fraction
            await self._watch.progress(fraction)

    async def save_resume_token(self, token: str) -> None:
        """Pass the token on."""
        await self._watch.save_resume_token(token)

    async def leave_behind(self, token: str | None) -> None:
        """Pass it on."""
        await self._watch.leave_behind(token)


def checked_files(files: Sequence[RenderedFile], *, folder: Path) -> Sequence[RenderedFile]:
    """Return the files once they are known to be what the port promises.

    Raises:
        EngineFailed: not exactly one measured clip, or a file that is missing or outside the folder.
    """
    clips = [file for file in files if file.kind is FileKind.CLIP]
    if len(clips) != 1 or clips[0].clip is None:
        raise EngineFailed(f"The engine made {len(clips)} clips instead of one measured clip.")
    inside = folder.resolve()
    for file in files:
        path = file.path.resolve()
        if not path.is_relative_to(inside) or not path.is_file():
            raise EngineFailed(f"The engine left no {file.kind} where it said.")
    return files
