"""What a prompt says of sound: its place by name, sounds it asks for or denies, and music."""

from dataclasses import dataclass

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.words import Wording, lexicon

_PLAIN_MUSIC = "calm"


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """What is said of sound; layers by their names in the lexicon, and `music` by its style.

    `place` is the family that the prompt names, or hints at; None where it does neither.
    """

    place: Family | None = None
    added: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    music: str | None = None

    @property
    def is_known(self) -> bool:
        """Say whether all that is named stands in the lexicon."""
        sounds, styles = lexicon()["sound"], lexicon()["music"]
        return {*self.added, *self.silenced} <= set(sounds) and (self.music is None or self.music in styles)


def hearing_of(wording: Wording, *, before: Hearing | None = None) -> Hearing:
    """Return what the words say; what they leave unsaid is as it was before."""
    unsaid = before or Hearing()
    place = wording.chosen("family") or unsaid.place or wording.chosen("family_hint")
    asked = wording.all_chosen("sound")
    denied = [name for name in lexicon()["sound"] if wording.rules_out("sound", name) and name not in asked]
    # Sounds belong to the place they were asked for in.
    here = unsaid if place == unsaid.place else Hearing(silenced=unsaid.silenced)
    return Hearing(
        place=Family(place) if place else None,
        added=_without([*here.added, *asked], denied),
        silenced=_without([*here.silenced, *denied], asked),
        music=_music(wording, before=unsaid.music),
    )


def _without(names: list[str], others: list[str]) -> tuple[str, ...]:
    return tuple(sorted({*names} - {*others}))


def _music(wording: Wording, *, before: str | None) -> str | None:
    """Return the music that is asked for, by its style or as such; where it says no more, a calm one."""
    if wording.rules_out("music_at_all", "music"):
        return None
    style = wording.chosen("music")
    if style is None and wording.chosen("music_at_all") is not None:
        return before or _PLAIN_MUSIC
    if style is None and before is not None and wording.rules_out("music", before):
        return None
    return style or before
