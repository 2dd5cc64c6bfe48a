"""Which kinds of engine there are, and the engines that `filmgate.toml` makes of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from filmgate.domain.catalog import load_catalog
from filmgate.domain.errors import InvalidSettings
from filmgate.domain.models import Catalog
from filmgate.domain.roster import Listing
from filmgate.engines.animatic.kind import ANIMATIC
from filmgate.engines.diffusion.kind import DIFFUSION
from filmgate.engines.kind import ENTRY_POINTS, EngineKind, EngineTools
from filmgate.engines.relay.filmgate.kind import FILMGATE
from filmgate.engines.relay.kling.kind import KLING
from filmgate.engines.relay.openai.kind import OPENAI
from filmgate.engines.renderer_kind import RENDERER
from filmgate.engines_file import EnginesFile, Kinds, read_engines_file
from filmgate.media.egress import EgressPolicy
from filmgate.media.links import link_client
from filmgate.ports import Engine
from filmgate.service.route import Route
from filmgate.settings import Settings, secret

_MIB = 2**20
_CATALOG = Path(__file__).parent / "catalog.toml"

# Listed here and not as entry points, so that a checkout has them whatever was installed before it.
BUILT_IN: Mapping[str, EngineKind[Any]] = {
    "animatic": ANIMATIC,
    "diffusion": DIFFUSION,
    "filmgate": FILMGATE,
    "kling": KLING,
    "openai": OPENAI,
    "renderer": RENDERER,
}


@dataclass(frozen=True, kw_only=True)
class LineUp:
    """The engines by name, what leads to them, and what their clips cost beside the catalogue's price.

    `catalog` has the operator's own prices, and `roster` the engines as lists show them.
    """

    engines: Mapping[str, Engine]
    routes: Sequence[Route]
    factors: Mapping[str, Fraction]
    catalog: Catalog
    roster: Sequence[Listing]


def line_up(settings: Settings, *, slots: int | None = None, policy: EgressPolicy | None = None) -> LineUp:
    """Build the configured engines, none of them started; each with `slots`, or as configured.

    Links of upstreams lead where the policy permits, which is that of the settings where none is given.

    Raises:
        InvalidSettings: something in the file cannot be, or a secret that it names is missing.
    """
    file = load_engines(settings)
    policy = policy or egress_policy(settings)
    tools = EngineTools(
        secret=secret,
        data=settings.data,
        max_download_bytes=settings.max_result_mib * _MIB,
        link_client=lambda trusted: link_client(policy, trusted=trusted),
    )
    engines = {}
    for name, each in file.engines.items():
        own = each.settings if slots is None else each.settings.model_copy(update={"slots": slots})
        with _naming(name):
            engines[name] = each.kind.build(name, settings=own, tools=tools)
    return LineUp(
        engines=engines,
        routes=[Route(route.models, route.engines) for route in file.routes],
        factors={name: each.settings.price_factor for name, each in file.engines.items()},
        catalog=file.catalog,
        roster=file.roster(),
    )


def egress_policy(settings: Settings, *, is_dev: bool = False) -> EgressPolicy:
    """Return where this server may be led; `is_dev` opens this machine's own addresses.

    Raises:
        InvalidSettings: an entry of FILMGATE_EGRESS_ALLOW cannot be.
    """
    try:
        return EgressPolicy(allow=settings.egress_allow, allow_loopback=is_dev)
    except ValueError as error:
        raise InvalidSettings(f"FILMGATE_EGRESS_ALLOW: {error}") from error


@contextmanager
def _naming(engine: str) -> Iterator[None]:
    """A block in which what cannot be used is the fault of this engine's table."""
    try:
        yield
    except InvalidSettings as error:
        raise InvalidSettings(f"engines.{engine}: {error}") from error


def load_engines(settings: Settings) -> EnginesFile:
    """Read the file of engines, routes and prices.

    Raises:
        InvalidSettings: the file is missing, is not TOML, or holds something that cannot be.
    """
    return read_engines_file(settings.config, kinds=known_kinds(), catalog=load_default_catalog())


def load_default_catalog() -> Catalog:
    """Return the catalogue that comes with this version."""
    return load_catalog(_CATALOG.read_text())


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
