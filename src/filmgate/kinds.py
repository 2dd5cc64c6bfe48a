"""Which kinds of engine there are: those that come with Filmgate, and those of other packages."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from filmgate.domain.errors import InvalidSettings
from filmgate.engines.animatic.kind import ANIMATIC
from filmgate.engines.kind import ENTRY_POINTS, EngineKind
from filmgate.engines.renderer_kind import RENDERER
from filmgate.engines_file import EnginesFile, Kinds, read_engines_file
from filmgate.settings import Settings

# Listed here and not as entry points, so that a checkout has them whatever was installed before it.
BUILT_IN: Mapping[str, EngineKind[Any]] = {
    "animatic": ANIMATIC,
    "renderer": RENDERER,
}


def load_engines(settings: Settings) -> EnginesFile:
    """Read the file of engines and routes.

    Raises:
        InvalidSettings: the file is missing, is not TOML, or holds something that cannot be.
    """
    return read_engines_file(settings.config, kinds=known_kinds())


def known_kinds() -> Kinds:
    """Return the kinds that `filmgate.toml` may name; a package is imported only where its kind is used."""
    foreign = {each.name: each for each in entry_points(group=ENTRY_POINTS) if each.name not in BUILT_IN}

    def find(name: str) -> EngineKind[Any]:
        return BUILT_IN[name] if name in BUILT_IN else _imported(foreign[name])

    return Kinds(names=[*BUILT_IN, *sorted(foreign)], find=find)


def _imported(entry_point: EntryPoint) -> EngineKind[Any]:
    try:
        kind = entry_point.load()
    except (ImportError, AttributeError) as error:
        raise InvalidSettings(f"{entry_point.value} cannot be imported: {error}") from error
    if not isinstance(kind, EngineKind):
        raise InvalidSettings(f"{entry_point.value} is no EngineKind")
    return kind
