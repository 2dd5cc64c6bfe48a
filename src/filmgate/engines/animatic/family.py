"""Which family of scenes a prompt asks for."""

from enum import StrEnum

from filmgate.engines.animatic.words import Wording


class Family(StrEnum):
    """The kinds of place that the animatic engine can film."""

    OCEAN = "ocean"
    MOUNTAINS = "mountains"
    STREET = "street"
    FOREST = "forest"
    DUNES = "dunes"
    MEADOW = "meadow"
    SNOWFIELD = "snowfield"
    UNDERWATER = "underwater"
    SPACE = "space"
    CLOUDS = "clouds"
    SILK = "silk"


def family_of(wording: Wording, *, before: Family | None = None) -> Family:
    """Return the place that a prompt names; where it names none, where it was before, else silk: nowhere."""
    name = wording.chosen("family")
    return Family(name) if name is not None else before or Family.SILK
