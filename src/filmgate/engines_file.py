"""The only reader of `filmgate.toml`: which engines there are, what leads to them, and what it costs."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.models import Catalog
from filmgate.domain.prices import with_prices
from filmgate.domain.roster import Listing
from filmgate.domain.wording import instead
from filmgate.engines.kind import EngineKind, EngineSettings
from filmgate.toml_lines import line_of

_WITHOUT_FILE: Mapping[str, Any] = {
    "engines": {"animatic": {"kind": "animatic"}},
    "routes": [{"models": ["*"], "engines": ["animatic"]}],
}


class RouteSettings(BaseModel):
    """Models by shell-style patterns, and the engines that serve them, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(min_length=1)
    engines: tuple[str, ...] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    engines: dict[str, dict[str, Any]] = Field(min_length=1)
    routes: list[RouteSettings] = Field(min_length=1)
    prices: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ConfiguredEngine:
    """One `[engines.<name>]`: its kind by name and in person, and the rest of its table, checked."""

    kind_name: str
    kind: EngineKind[Any]
    settings: EngineSettings


@dataclass(frozen=True, kw_only=True)
class EnginesFile:
    """What the file holds; where it names no engines and no routes, everything goes to `animatic`.

    `catalog` has the file's prices where it names some.
    """

    engines: Mapping[str, ConfiguredEngine]
    routes: Sequence[RouteSettings]
    catalog: Catalog

    def roster(self) -> list[Listing]:
        """Return the engines as lists show them."""
        return [
            Listing(
                name=name,
                kind=engine.kind_name,
                slots=engine.settings.slots,
                factor=engine.settings.price_factor,
                models=tuple(
                    model for route in self.routes if name in route.engines for model in route.models
                ),
            )
            for name, engine in self.engines.items()
        ]


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """The kinds that can be named: all their names, and how to come by one, which may raise
    `InvalidSettings`.
    """

    names: Sequence[str]
    find: Callable[[str], EngineKind[Any]]


def read_engines_file(path: Path | None, *, kinds: Kinds, catalog: Catalog) -> EnginesFile:
    """Read the file; where `path` is None, `./filmgate.toml` if it exists.

    Its prices take the place of those in `catalog`.

    Raises:
        InvalidSettings: names the line of everything in it that cannot be.
    """
    path = path or Path("filmgate.toml") if path or Path("filmgate.toml").exists() else None
    if path is None:
        return _Reading(Path("filmgate.toml"), text="", content={}, kinds=kinds, catalog=catalog).file()
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise InvalidSettings(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"{path} is not text in UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{path}: {error}") from error
    return _Reading(path, text=text, content=content, kinds=kinds, catalog=catalog).file()


class _Reading:
    """Turns what the file says into what it means, and collects what is wrong with it."""

    def __init__(
        self, path: Path, *, text: str, content: Mapping[str, Any], kinds: Kinds, catalog: Catalog
    ) -> None:
        self._path = path
        self._text = text
        self._content = content if content.keys() & _WITHOUT_FILE else {**_WITHOUT_FILE, **content}
        self._kinds = kinds
        self._catalog = catalog
        self._faults: list[tuple[int, str]] = []

    def file(self) -> EnginesFile:
        try:
            raw = _File.model_validate(self._content)
        except ValidationError as error:
            self._note_all(error, prefix=(), options=list(_File.model_fields))
            raise self._refusal() from error
        engines = {name: self._engine(name, table) for name, table in raw.engines.items()}
        for number, route in enumerate(raw.routes):
            for position, name in enumerate(route.engines):
                if name not in engines:
                    where = ("routes", number, "engines", position)
                    self._note(where, f'no engine is named "{name}"{instead(name, engines)}')
        catalog = with_prices(self._catalog, raw.prices, note=self._note_price)
        if self._faults:
            raise self._refusal()
        return EnginesFile(
            engines={name: engine for name, engine in engines.items() if engine is not None},
            routes=raw.routes,
            catalog=catalog,
        )

    def _engine(self, name: str, table: Mapping[str, Any]) -> ConfiguredEngine | None:
        table = dict(table)
        kind_name = table.pop("kind", None)
        if kind_name not in self._kinds.names:
            wrong = "kind is missing" if kind_name is None else f'there is no kind "{kind_name}"'
            self._note(("engines", name, "kind"), f"{wrong}{instead(kind_name, self._kinds.names)}")
            return None
        try:
            kind = self._kinds.find(kind_name)
            settings = kind.settings.model_validate(table)
        except ValidationError as error:
            self._note_all(error, prefix=("engines", name), options=list(kind.settings.model_fields))
            return None
        except InvalidSettings as error:
            self._note(("engines", name, "kind"), str(error))
            return None
        return ConfiguredEngine(kind_name=kind_name, kind=kind, settings=settings)

    def _note_all(
        self, error: ValidationError, *, prefix: tuple[str | int, ...], options: Sequence[str]
    ) -> None:
        for each in error.errors():
            where = (*prefix, *each["loc"])
            if each["type"] == "extra_forbidden":
                known = list(RouteSettings.model_fields) if where[0] == "routes" else options
                reason = f"there is no such option{instead(str(where[-1]), known)}"
            else:
                reason = each["msg"].removeprefix("Value error, ")
            self._note(where, reason)

    def _note_price(self, where: tuple[str, ...], reason: str) -> None:
        self._note(("prices", *where), reason)

    def _note(self, where: Sequence[str | int], reason: str) -> None:
        name = ".".join(str(part) for part in where)
        self._faults.append((line_of(self._text, where) or 1, f"{name}: {reason}"))

    def _refusal(self) -> InvalidSettings:
        return InvalidSettings("\n".join(self._lines()))

    def _lines(self) -> Iterator[str]:
        for line, reason in sorted(self._faults):
            yield f"{self._path}, line {line}: {reason}"
