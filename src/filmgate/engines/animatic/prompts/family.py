"""Which family of scenes a prompt asks for."""

from enum import StrEnum

from filmgate.engines.animatic.prompts.words import Wording


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
    """Return the place that a prompt names; where it names none, where it was before.

    Else it is where what is named is at home, as a boat is, or what is named by the way, as the sky behind a
    balloon, or silk, which is nowhere.
    """
    named = wording.chosen("family")
    if named is not None:
        return Family(named)
    return before or Family(wording.chosen("family_hint") or wording.chosen("backdrop") or Family.SILK)
