"""A renderer that does next to nothing, for measuring what lies around renders."""

import time
from collections.abc import Callable, Sequence
from fractions import Fraction

from filmgate.domain.tasks import ClipFacts, FileKind
from filmgate.ports import RenderedFile, RenderJob


class StampingRenderer:
    """Its clip is the monotonic time, in nanoseconds, of its first instruction."""

    def warm(self) -> None:
        """Nothing to warm."""

    def render(self, job: RenderJob, progress: Callable[[float], None]) -> Sequence[RenderedFile]:
        """Write down when the job arrived."""
        arrived = time.monotonic_ns()
        progress(1.0)
        path = job.folder / "clip.mp4"
        path.write_text(str(arrived))
        facts = ClipFacts(width=2, height=2, fps=Fraction(1), duration=Fraction(1), has_audio=False)
        return [RenderedFile(kind=FileKind.CLIP, path=path, content_type="video/mp4", clip=facts)]
