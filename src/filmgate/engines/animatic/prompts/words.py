"""A text as the lexicon sees it: phrases by their stems, and what it denies."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import snowballstemmer

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_CLAUSE_END = re.compile(r"[,.;:!?\n]")
_DENIALS = frozenset({"no", "not", "without", "never"})
_DENIED_WORDS = 2
_LONGEST_PHRASE = 4


class Wording:
    """What a prompt says, and what it or its negative prompt rules out.

    A prompt denies the two words after "no", "not", "without" and "never", up to the next comma or stop.
    """

    def __init__(self, prompt: str, negative_prompt: str = "") -> None:
        said, denied = _split(prompt)
        self._wanted, self._unwanted = _Text(said), _Text([*denied, *_words_of(negative_prompt)])

    def chosen(self, kind: str, *, among: Collection[str] | None = None) -> str | None:
        """Return the entry of the lexicon's `kind` that is spoken of most, of all or `among` these; or None.

        One word against it does not silence several for it, unless that word is its very name.
        """
        weights = self._weights(kind)
        names = [name for name in weights if among is None or name in among]
        return max(names, key=lambda name: weights[name], default=None)

    def all_chosen(self, kind: str) -> list[str]:
        """Return all entries of the lexicon's `kind` that are spoken of and not ruled out."""
        return list(self._weights(kind))

    def rules_out(self, kind: str, name: str) -> bool:
        """Say whether anything that stands for this entry is ruled out."""
        return self._unwanted.says(name) or name in self._unwanted.weights(_entries(kind))

    def _weights(self, kind: str) -> Mapping[str, int]:
        entries = _entries(kind)
        wanted, unwanted = self._wanted.weights(entries), self._unwanted.weights(entries)
        return {
            name: weight
            for name, weight in wanted.items()
            if weight > unwanted.get(name, 0) and not self._unwanted.says(name)
        }


class _Text:
    """A text's phrases of up to four words, by their stems."""

    def __init__(self, words: list[str]) -> None:
        stems = _stemmer().stemWords(words)
        self._places: dict[str, list[range]] = {}
        for length in range(1, _LONGEST_PHRASE + 1):
            for first in range(len(stems) - length + 1):
                place = range(first, first + length)
                self._places.setdefault(" ".join(stems[first : first + length]), []).append(place)

    def says(self, phrase: str) -> bool:
        """Say whether the text contains the phrase, however it is inflected."""
        return _stemmed(phrase) in self._places

    def weights(self, entries: Mapping[str, Iterable[str]]) -> dict[str, int]:
        """Return how strongly the text speaks of each entry it speaks of: the length of the phrases found.

        A phrase that is only part of another entry's longer one does not count: "zoom out" is no "zoom".
        """
        found = [
            (name, phrase, place)
            for name, phrases in entries.items()
            for phrase in {_stemmed(phrase) for phrase in phrases}
            for place in self._places.get(phrase, ())
        ]
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


def _split(prompt: str) -> tuple[list[str], list[str]]:
    """Return the words that a prompt says, and those that it denies."""
    said: list[str] = []
    denied: list[str] = []
    for clause in _CLAUSE_END.split(prompt):
        denials_left = 0
        for word in _words_of(clause):
            if word in _DENIALS:
                denials_left = _DENIED_WORDS
            elif denials_left:
                denials_left -= 1
                denied.append(word)
            else:
                said.append(word)
    return said, denied


@cache
def lexicon() -> Mapping[str, Any]:
    """Return what `lexicon.toml` says."""
    return tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text())


def _entries(kind: str) -> Mapping[str, list[str]]:
    """Return the words of each entry of a kind; some entries say more than words."""
    entries = lexicon()[kind].items()
    return {name: entry["words"] if isinstance(entry, dict) else entry for name, entry in entries}


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@cache
def _stemmed(phrase: str) -> str:
    return " ".join(_stemmer().stemWords(_words_of(phrase)))


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")
