"""A renderer of the operator's own as a kind: `kind = "renderer"`."""

from pydantic import Field

from filmgate.engines.child import ChildEngine
from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.ports import Engine

_GIB = 2**30


class RendererSettings(EngineSettings):
    """A renderer of your own, `module:Class`, in a child process; it is taken to honour everything."""

    renderer: str = Field(pattern=r"^[\w.]+:\w+$", description="The class, as `module:Class`.")
    memory_gib: float = Field(4, gt=0, description="What its process may write to, in GiB.")


def _build(name: str, *, settings: RendererSettings, tools: EngineTools) -> Engine:
    del tools  # What a renderer needs, it brings.
    return ChildEngine(
        name=name,
        renderer=settings.renderer,
        objections=lambda _request, _spec: (),
        memory_limit_bytes=int(settings.memory_gib * _GIB),
        slots=settings.slots,
    )


RENDERER = EngineKind(settings=RendererSettings, build=_build)
