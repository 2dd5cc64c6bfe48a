"""The embedded engine as a kind: `kind = "animatic"`."""

from filmgate.engines.animatic.engine import animatic_engine
from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.ports import Engine


class AnimaticSettings(EngineSettings):
    """The embedded CPU engine."""


def _build(name: str, *, settings: AnimaticSettings, tools: EngineTools) -> Engine:
    del tools  # It needs nothing but itself.
    return animatic_engine(name=name, slots=settings.slots)


ANIMATIC = EngineKind(settings=AnimaticSettings, build=_build, examples={"animatic": {}})
