"""A text as the lexicon sees it: phrases by their stems, what it denies, and what it says is over."""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import snowballstemmer

_WORD = re.compile(r"[a-z]+")
_CLAUSE_END = re.compile(r"[,.;:!?\n]")
_LONGEST_PHRASE = 4
# Words that may stand between those of a phrase; adverbs may, too.
_FILLERS = frozenset(
    {"a", "an", "the", "is", "are", "has", "have", "just", "its", "his", "her", "their", "very"}
)

_DENIALS = frozenset({"no", "not", "without", "never", "nor"})
_DENIED_WORDS = 2
_UNCOUNTED = frozenset(
    {"a", "an", "any", "the", "single", "sign", "trace", "hint", "of", "longer", "more", "or"}
)
_AS_NOT = re.compile(r"n['\u2019]t\b")
_AS_WITHOUT = re.compile(r"\b(?:(?:free|clear|devoid|void|absence|lack) of|free from)\b")
_LACKING = re.compile(r"\b([a-z]{3,})(?:[- ]free\b(?! to\b)|less\b)")

_ENDS = r"(?:stop|end|lift|clear|melt|cease|disperse|dissipate|subside|fade|disappear|vanish|die)"
_HELPERS = r"(?:(?:is|are|was|has|have|had|just|finally|slowly|soon|suddenly|begins?|starts?|will) )*"
_OVER = re.compile(
    rf"\b([a-z]+) {_HELPERS}(?:{_ENDS}(?:s|es|d|ed|ped)\b(?! [a-z]+ing\b)|(?:to|will) {_ENDS}\b"
    rf"|(?:is|are) (?:[a-z]+ly )?{_ENDS}ing\b|(?:is|are|was|has|have) (?:all )?(?:over|gone)\b"
    r"|pass(?:es|ed)\b(?! (?:over|through|across|by)\b))"
    rf"|\b([a-z]+s) {_ENDS}\b|\bstop(?:s|ped)? ([a-z]+ing)\b"
    r"|\bafter ((?:(?!(?:in|on|at|over|under|as|with|through|while|and|when)\b)[a-z]+ ?){1,5})"
)
"""What has ended, or is what something comes after."""

_PASSING = frozenset({"weather", "weather_hint", "wind", "sound", "music", "music_at_all"})
"""The kinds of what can be over; elsewhere it leaves its traces: after the rain the ground is wet."""


class Wording:
    """What a prompt says, and what it or its negative prompt rules out.

    A prompt denies the two words after "no", "not", "without" and "never", up to the next comma or stop, and
    what it says it is free of. Weather, wind and sounds that it says are over are ruled out as well.
    """

    def __init__(self, prompt: str, negative_prompt: str = "", *, unanimous: bool = False) -> None:
        """Read a prompt; a `unanimous` wording chooses nothing where the prompt speaks of several."""
        said, denied = _split(prompt)
        ruled_out = [*denied, *_words_of(negative_prompt)]
        self._unanimous = unanimous
        self._wanted, self._unwanted = _Text(said), _Text(ruled_out)
        self._unwanted_or_over = _Text([*ruled_out, *_over(prompt)])

    def chosen(self, kind: str, *, among: Collection[str] | None = None) -> str | None:
        """Return the entry of the lexicon's `kind` that is spoken of most, of all or `among` these; or None.

        One word against it does not silence several for it, unless that word is its very name.
        """
        weights = self._weights(kind)
        names = [name for name in weights if among is None or name in among]
        if self._unanimous and len(weights) > 1:
            return None
        return max(names, key=lambda name: weights[name], default=None)

    def all_chosen(self, kind: str) -> list[str]:
        """Return all entries of the lexicon's `kind` that are spoken of and not ruled out."""
        return list(self._weights(kind))

    def rules_out(self, kind: str, name: str) -> bool:
        """Say whether anything that stands for this entry is ruled out."""
        unwanted = self._against(kind)
        return unwanted.says(name) or name in unwanted.weights(_entries(kind))

    def _weights(self, kind: str) -> Mapping[str, int]:
        entries, against = _entries(kind), self._against(kind)
        wanted, unwanted = self._wanted.weights(entries), against.weights(entries)
        return {
            name: weight
            for name, weight in wanted.items()
            if weight > unwanted.get(name, 0) and not against.says(name)
        }

    def _against(self, kind: str) -> "_Text":
        return self._unwanted_or_over if kind in _PASSING else self._unwanted


class _Text:
    """A text's phrases of up to four words, by their stems; between them may stand fillers."""

    def __init__(self, words: list[str]) -> None:
        stems = _stemmer().stemWords(words)
        self._places: dict[str, set[range]] = {}
        telling = [place for place, word in enumerate(words) if not _is_filler(word)]
        for places in (list(range(len(words))), telling):
            for first in range(len(places)):
                for after in range(first + 1, min(first + _LONGEST_PHRASE, len(places)) + 1):
                    phrase = " ".join(stems[place] for place in places[first:after])
                    span = range(places[first], places[after - 1] + 1)
                    self._places.setdefault(phrase, set()).add(span)

    def says(self, phrase: str) -> bool:
        """Say whether the text contains the phrase, however it is inflected."""
        return _stemmed(phrase) in self._places

    def weights(self, entries: Mapping[str, Iterable[str]]) -> dict[str, int]:
        """Return how strongly the text speaks of each entry it speaks of: the length of the phrases found.

        A phrase that is only part of a longer one does not count, be that another entry's or a set one
        that means nothing here: "zoom out" is no "zoom", and a "golden retriever" is not golden.
        """
        found = [*self._found(entries), *self._found({"": lexicon()["idle"]["phrases"]})]
        whole = {
            (name, phrase)
            for name, phrase, place in found
            if not any(len(other) > len(place) and set(place) < set(other) for _, _, other in found)
        }
        weights: dict[str, int] = {}
        for name, phrase in whole:
            weights[name] = weights.get(name, 0) + len(phrase)
        # Of equally strong entries the one named first in the lexicon wins, whatever order a set has.
        return {name: weights[name] for name in entries if name in weights}

    def _found(self, entries: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str, range]]:
        for name, phrases in entries.items():
            for phrase in {_stemmed(phrase) for phrase in phrases}:
                for place in self._places.get(phrase, ()):
                    yield name, phrase, place


def _split(prompt: str) -> tuple[list[str], list[str]]:
    """Return the words that a prompt says, and those that it denies."""
    text = _AS_WITHOUT.sub("without", _AS_NOT.sub(" not", prompt.lower()))
    said: list[str] = []
    denied = _LACKING.findall(text)
    for clause in _CLAUSE_END.split(text):
        denials_left = 0
        for word in _words_of(clause):
            if word in _DENIALS:
                denials_left = _DENIED_WORDS
            elif denials_left:
                denials_left -= word not in _UNCOUNTED
                denied.append(word)
            else:
                said.append(word)
    return said, denied


def _over(prompt: str) -> list[str]:
    """Return the words for what has ended."""
    return [
        word
        for found in _OVER.finditer(prompt.lower())
        for word in _words_of(" ".join(filter(None, found.groups())))
    ]


@cache
def lexicon() -> Mapping[str, Any]:
    """Return what `lexicon.toml` says."""
    return tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text())


def knows(word: str) -> bool:
    """Say whether a word stands in any phrase of the lexicon, however it is inflected."""
    return _stemmed(word) in _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    phrases = (phrase for kind in lexicon() for words in _entries(kind).values() for phrase in words)
    return frozenset(_stemmed(word) for phrase in phrases for word in _words_of(phrase) if word)


def _entries(kind: str) -> Mapping[str, list[str]]:
    """Return the words of each entry of a kind; some entries say more than words."""
    entries = lexicon()[kind].items()
    return {name: entry["words"] if isinstance(entry, dict) else entry for name, entry in entries}


def _is_filler(word: str) -> bool:
    return word in _FILLERS or word.endswith("ly")


def _words_of(text: str) -> list[str]:
    """Return the words of a text; those that only share the stem of another one are empty."""
    idle = lexicon()["idle"]["words"]
    return ["" if word in idle else word for word in _WORD.findall(text.lower())]


@cache
def _stemmed(phrase: str) -> str:
    return " ".join(_stemmer().stemWords(_words_of(phrase)))


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")
