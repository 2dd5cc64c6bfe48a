"""What an operator charges in place of the catalogue's own prices."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from filmgate.domain.models import AudioSupport, Catalog, ModelSpec
from filmgate.domain.requests import Mode
from filmgate.domain.wording import instead, shown

_FACTOR = "audio_factor"
# Far above any price, and low enough that no sum of them outgrows what the ledger holds.
_MOST_CREDITS = 1_000_000
_MOST_FACTOR = 100

Note = Callable[[tuple[str, ...], str], None]
"""Takes what is wrong with a price: the names that lead to it, and the reason."""


def with_prices(catalog: Catalog, written: Mapping[str, Any], *, note: Note) -> Catalog:
    """Return the catalogue with the prices that are `written`, by model and then by mode.

    A price is in credits for each second. A model's `audio_factor` holds for all its modes that can make
    sound, or is given by mode. What cannot be is noted and left out.
    """
    specs = dict(catalog.specs)
    for model, table in written.items():
        if model in catalog.models and isinstance(table, Mapping):
            rows = [specs[model, mode] for mode in catalog.modes(model)]
            specs |= {(row.model, row.mode): row for row in _priced(rows, table, note=note)}
        elif model in catalog.aliases:
            note((model,), f"is another name of {catalog.aliases[model]}; write that.")
        elif model not in catalog.models:
            note((model,), f"there is no such model{instead(model, catalog.models)}")
        else:
            note((model,), f"must be a table of prices by mode, not {shown(table)}.")
    return replace(catalog, specs=specs)


def _priced(rows: Iterable[ModelSpec], table: Mapping[str, Any], *, note: Note) -> list[ModelSpec]:
    known = {row.mode: row for row in rows}
    model = next(iter(known.values())).model
    for key, value in table.items():
        if key in known:
            price = _number(value)
            if price is None or not 0 <= price <= _MOST_CREDITS or (price * 1000).denominator != 1:
                note(
                    (model, key),
                    f"must be credits for each second, from 0 to {_MOST_CREDITS:,} with at most three "
                    f"decimals, not {_as_written(value)}.",
                )
            else:
                known[Mode(key)] = replace(known[Mode(key)], millicredits_per_second=int(price * 1000))
        elif key == _FACTOR:
            known |= _with_factors(model, known, value, note=note)
        else:
            note((model, key), f"{model} has no such mode{instead(key, [*known, _FACTOR])}")
    return list(known.values())


def _with_factors(
    model: str, rows: Mapping[Mode, ModelSpec], written: object, *, note: Note
) -> Mapping[Mode, ModelSpec]:
    able = {mode: row for mode, row in rows.items() if row.audio is not AudioSupport.NONE}
    if not able:
        note((model, _FACTOR), f"{model} makes no sound, so there is nothing to multiply.")
        return {}
    by_mode = written if isinstance(written, Mapping) else dict.fromkeys(able, written)
    changed = {}
    for mode, value in by_mode.items():
        where = (model, _FACTOR, mode) if by_mode is written else (model, _FACTOR)
        factor = _number(value)
        if mode not in able:
            note(where, f"{model} makes no sound in such a mode{instead(mode, list(able))}")
        elif factor is None or not 1 <= factor <= _MOST_FACTOR:
            note(where, f"must be a number from 1 to {_MOST_FACTOR}, not {_as_written(value)}.")
        else:
            changed[Mode(mode)] = replace(able[Mode(mode)], audio_factor=factor)
    return changed


def _number(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    # Through its text a float means the decimal that was written.
    decimal = Decimal(str(value))
    return Fraction(decimal) if decimal.is_finite() else None


def _as_written(value: object) -> str:
    return f"{value}" if isinstance(value, float | Decimal) else shown(value)
