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


def family_of(prompt: str, *, negative_prompt: str = "") -> Family:
    """Return the place that a prompt names; silk, which is nowhere, where it names none."""
    name = Wording(prompt, negative_prompt).chosen("family")
    return Family(name) if name is not None else Family.SILK
