"""A text as the lexicon sees it: phrases by their stems, and what it denies."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import snowballstemmer

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_DENIALS = frozenset({"no", "not", "without", "never"})
_DENIED_WORDS = 2
_LONGEST_PHRASE = 3


class Wording:
    """What a prompt says, and what it or its negative prompt rules out.

    A prompt denies the two words after "no", "not", "without" and "never".
    """

    def __init__(self, prompt: str, negative_prompt: str = "") -> None:
        said, denied = _split(prompt)
        self._wanted, self._unwanted = _Text(said), _Text([*denied, *_words_of(negative_prompt)])

    def chosen(self, kind: str) -> str | None:
        """Return the entry of the lexicon's `kind` that is spoken of most; None where none is.

        One word against it does not silence several for it, unless that word is its very name.
        """
        weights = self._weights(kind)
        return max(weights, key=lambda name: weights[name], default=None)

    def all_chosen(self, kind: str) -> list[str]:
        """Return every entry of a kind that is spoken of, by the same rule as the one that is most."""
        return list(self._weights(kind))

    def _weights(self, kind: str) -> dict[str, int]:
        return {
            name: self._wanted.weight(phrases)
            for name, phrases in _entries(kind).items()
            if not self._unwanted.weight([name])
            and self._unwanted.weight(phrases) < self._wanted.weight(phrases)
        }

    def rules_out(self, kind: str, name: str) -> bool:
        """Say whether anything that stands for this entry is ruled out: one of its words, or its name."""
        return self._unwanted.weight([name, *_entries(kind).get(name, [])]) > 0


class _Text:
    """A text's phrases of up to three words, by their stems."""

    def __init__(self, words: list[str]) -> None:
        stems = _stemmer().stemWords(words)
        self._phrases = {
            " ".join(stems[first : first + length])
            for length in range(1, _LONGEST_PHRASE + 1)
            for first in range(len(stems) - length + 1)
        }

    def weight(self, phrases: Iterable[str]) -> int:
        """Return how strongly the text speaks of these: the summed length of those it contains."""
        return sum(len(phrase) for phrase in map(_stemmed, phrases) if phrase in self._phrases)


def _split(prompt: str) -> tuple[list[str], list[str]]:
    """Return the words that a prompt says, and those that it denies."""
    said: list[str] = []
    denied: list[str] = []
    denials_left = 0
    for word in _words_of(prompt):
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
