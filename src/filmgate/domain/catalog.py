"""Reading the catalogue: from an operator's TOML to the frozen matrix, or an error naming the entry."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, NoReturn, TypeVar

from filmgate.domain.errors import InvalidCatalog
from filmgate.domain.models import AudioSupport, Catalog, Limits, ModelSpec
from filmgate.domain.requests import Action, AspectRatio, Mode
from filmgate.domain.wording import either, shown

_Word = TypeVar("_Word", bound=StrEnum)

_MISSING = object()


def load_catalog(source: str | Mapping[str, Any]) -> Catalog:
    """Return the catalogue written in `source`: TOML text, or what such a text reads as.

    Raises:
        InvalidCatalog: not TOML, or an entry that is missing, unknown or makes no sense.
    """
    if isinstance(source, str):
        try:
            # Prices are read as decimals, because 0.28 is not 280 thousandths in binary.
            source = tomllib.loads(source, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            raise InvalidCatalog(f"The catalogue is not valid TOML: {error}.") from error
    root = _Table(source, path="")
    defaults = root.table("defaults")
    limits = _limits(root.table("limits"))
    models = root.table("models")
    specs = {(spec.model, spec.mode): spec for name in models for spec in _rows(models.table(name), name)}
    aliases = root.table("aliases", default={})
    catalog = Catalog(
        specs=specs,
        aliases={alias: aliases.text(alias) for alias in aliases},
        limits=limits,
        default_model=defaults.text("model"),
        default_mode=defaults.word("mode", Mode),
        default_duration=defaults.whole("duration", least=1),
        default_aspect_ratio=defaults.word("aspect_ratio", AspectRatio),
    )
    for table in (root, defaults, aliases, models):
        table.finish()
    _check_names(catalog, defaults=defaults, aliases=aliases)
    return catalog


def _check_names(catalog: Catalog, *, defaults: "_Table", aliases: "_Table") -> None:
    if (catalog.default_model, catalog.default_mode) not in catalog.specs:
        defaults.refuse("model", "a model that has the default mode", catalog.default_model)
    if catalog.default_duration not in catalog.specs[catalog.default_model, catalog.default_mode].durations:
        defaults.refuse("duration", "a duration of the default model", catalog.default_duration)
    for alias, model in catalog.aliases.items():
        if model not in catalog.models:
            aliases.refuse(alias, f"one of the models {either(catalog.models)}", model)
        if alias in catalog.models:
            aliases.refuse(alias, "a name that no model has", alias)


def _limits(table: "_Table") -> Limits:
    read: dict[str, Any] = {
        field.name: table.whole(field.name, least=1)
        for field in fields(Limits)
        if field.name != "image_longest_ratio"
    }
    # `seed` and the sizes are whole; the ratio alone may be a fraction.
    limits = Limits(**read, image_longest_ratio=table.fraction("image_longest_ratio", least=Fraction(1)))
    table.finish()
    return limits


def _rows(model: "_Table", name: str) -> list[ModelSpec]:
    modes = model.table("modes")
    # Every mode is read with the model's own keys beneath it, so unknown ones are found there too.
    shared = model.rest()
    rows = [_row(modes.table(mode, under=shared), model=name, mode=mode) for mode in modes]
    if not rows:
        model.refuse("modes", "a table of at least one mode", {})
    if rows[0].single_mode and len(rows) > 1:
        model.refuse("single_mode", "false for a model of several modes", True)
    return rows


def _row(table: "_Table", *, model: str, mode: str) -> ModelSpec:
    if mode not in list(Mode):
        table.refuse("", f"named {either(Mode)}", mode)
    actions = table.words("actions", Action)
    if Action.EXTEND in actions:
        table.refuse("actions", "text2video and image2video alone (see extends_any)", "extend")
    durations = table.durations("durations")
    creates = bool(actions)
    spec = ModelSpec(
        model=model,
        mode=Mode(mode),
        text2video=Action.TEXT2VIDEO in actions,
        image2video=Action.IMAGE2VIDEO in actions,
        extend=table.flag("extends_any"),
        durations=durations,
        end_image_durations=table.durations_within("end_image", durations),
        camera_durations=table.durations_within("camera", durations),
        audio=table.word("audio", AudioSupport),
        references=table.flag("references"),
        multi_shot=table.flag("multi_shot"),
        short_side=table.whole("short_side", least=2) if creates else None,
        fps=table.whole("fps", least=1) if creates else None,
        single_mode=table.flag("single_mode", default=False),
        millicredits_per_second=table.thousandths("credits_per_second"),
        audio_factor=table.fraction("audio_factor", least=Fraction(1), default=1),
    )
    if spec.short_side is not None and spec.short_side % 2:
        table.refuse("short_side", "an even number of pixels", spec.short_side)
    table.finish()
    return spec


class _Table:
    """A TOML table that knows its own name and which of its keys were read."""

    def __init__(self, content: object, *, path: str) -> None:
        self._path = path
        self._read: set[str] = set()
        if not isinstance(content, Mapping):
            raise InvalidCatalog(f"The catalogue's {path} must be a table, not {shown(content)}.")
        self._content: Mapping[str, Any] = content

    def __iter__(self) -> Any:
        return iter(self._content)

    def refuse(self, key: str, expected: str, found: object) -> NoReturn:
        raise InvalidCatalog(f"The catalogue's {self._name(key)} must be {expected}, not {_plain(found)}.")

    def _name(self, key: str) -> str:
        return ".".join(part for part in (self._path, key) if part)

    def finish(self) -> None:
        """Refuse keys that nothing read: a misspelt one would change nothing and say nothing."""
        if unknown := sorted(set(self._content) - self._read):
            raise InvalidCatalog(f"The catalogue has no entry by the name of {self._name(unknown[0])}.")

    def rest(self) -> dict[str, Any]:
        """Return what was not read yet, and count it as read."""
        rest = {key: value for key, value in self._content.items() if key not in self._read}
        self._read.update(rest)
        return rest

    def _take(self, key: str, default: object = _MISSING) -> Any:
        self._read.add(key)
        value = self._content.get(key, default)
        if value is _MISSING:
            raise InvalidCatalog(f"The catalogue lacks {self._name(key)}.")
        return value

    def table(
        self, key: str, *, under: Mapping[str, Any] | None = None, default: object = _MISSING
    ) -> "_Table":
        """Return the table at `key`, laid over the entries of `under`."""
        upper = _Table(self._take(key, default), path=self._name(key))
        return _Table({**(under or {}), **upper._content}, path=upper._path)

    def text(self, key: str) -> str:
        value = self._take(key)
        return value if isinstance(value, str) else self.refuse(key, "a string", value)

    def flag(self, key: str, *, default: object = _MISSING) -> bool:
        value = self._take(key, default)
        return value if isinstance(value, bool) else self.refuse(key, "true or false", value)

    def whole(self, key: str, *, least: int) -> int:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.refuse(key, f"a whole number of at least {least}", value)
        return value

    def fraction(self, key: str, *, least: Fraction, default: object = _MISSING) -> Fraction:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self.refuse(key, "a number", value)
        # Through its text a float means the decimal that was written.
        decimal = Decimal(str(value))
        if not decimal.is_finite() or decimal < least:
            self.refuse(key, f"a number of at least {least}", value)
        return Fraction(decimal)

    def thousandths(self, key: str) -> int:
        value = self.fraction(key, least=Fraction(0)) * 1000
        if value.denominator != 1:
            self.refuse(key, "a number with at most three decimals", self._content[key])
        return int(value)

    def word(self, key: str, words: type[_Word]) -> _Word:
        return self._as_word(key, self._take(key), words)

    def words(self, key: str, words: type[_Word]) -> list[_Word]:
        value = self._take(key)
        if not isinstance(value, list):
            self.refuse(key, "a list", value)
        return [self._as_word(key, each, words) for each in value]

    def _as_word(self, key: str, value: object, words: type[_Word]) -> _Word:
        if not isinstance(value, str) or value not in list(words):
            self.refuse(key, either(words), value)
        return words(value)

    def durations(self, key: str) -> tuple[int, ...]:
        value = self._take(key)
        if isinstance(value, Mapping):
            bounds = _Table(value, path=self._name(key))
            value = [*range(bounds.whole("from", least=1), bounds.whole("to", least=1) + 1)]
            bounds.finish()
        whole = isinstance(value, list) and all(type(each) is int and each > 0 for each in value)
        if not whole or not value or any(low >= high for low, high in pairwise(value)):
            self.refuse(key, "ascending whole seconds, or { from = …, to = … }", value)
        return tuple(value)

    def durations_within(self, key: str, durations: tuple[int, ...]) -> tuple[int, ...]:
        value = self._take(key)
        if isinstance(value, bool):
            return durations if value else ()
        chosen = self.durations(key)
        if stray := [each for each in chosen if each not in durations]:
            self.refuse(key, f"among the durations {either(durations)}", stray[0])
        return chosen


def _plain(value: object) -> str:
    return f"{value}" if isinstance(value, Decimal) else shown(value)
