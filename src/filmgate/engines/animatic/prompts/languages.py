"""Says prompts of other languages in English, as far as their glossaries go.

A glossary, `glossaries/<code>.toml`, lists the phrases of a language under what English prompts call the
same; what the lexicon makes of that is its own affair. English and all that is in no glossary stays as it is.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import snowballstemmer

from filmgate.engines.animatic.prompts.words import knows

_FOLDER = Path(__file__).parent / "glossaries"
_SNOWBALL = {
    "de": "german", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese", "ru": "russian",
}  # fmt: skip
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
# Japanese writes Chinese characters, too, so its own are looked for first.
_SCRIPTS = {"ja": re.compile(r"[\u3040-\u30ff]"), "ko": _HANGUL, "zh": re.compile(r"[\u4e00-\u9fff]")}
_PUNCTUATION = str.maketrans("，、。！？；：（）()\u2019", ",,.!?;:,,,,'")
_JOINTS = str.maketrans("'\u2019-", "   ")
_TOKEN = re.compile(r"[^\W\d_]+|[^\w\s]|\d+")
_LONGEST_PHRASE = 6
_SHORTEST_PART = 4
"""Letters of a word within a compound; shorter ones are found by chance."""
_FREE = "-free"
"""The English of what denies the phrase before it."""
_UNKNOWN = "x"
"""Stands for what says nothing by itself, so that what is around it is no phrase."""
_ENGLISH = frozenset(
    {
        *("a", "above", "across", "after", "an", "and", "are", "as", "at", "before", "behind", "below"),
        *("between", "by", "during", "from", "her", "his", "in", "into", "is", "its", "of", "on", "or"),
        *("over", "the", "their", "through", "to", "under", "while", "with"),
    }
)


def in_english(text: str) -> str:
    """Return a text with the phrases of its language in English; an English one as it is."""
    code = language_of(text)
    if code is None:
        return text
    return _from_running_script(text, code) if code in _SCRIPTS else _from_spaced_words(text, code)


def language_of(text: str) -> str | None:
    """Return the code of a text's language, or None for English and for all that has no glossary.

    The script tells Chinese, Japanese and Korean. Other languages are told by how many words of the text they
    have; where English has as many, it is English.
    """
    for code, script in _SCRIPTS.items():
        if script.search(text):
            return code
    words = _words(text)
    counts = {code: sum(_is_word_of(code, word) for word in words) for code in _SNOWBALL}
    likeliest = max(counts, key=lambda code: counts[code])
    is_english = counts[likeliest] <= sum(word in _ENGLISH or knows(word) for word in words)
    return None if is_english else likeliest


@dataclass(frozen=True, kw_only=True)
class _Glossary:
    """English by phrases of a language, of spaced words by their stems; of what means nothing it is empty."""

    english: Mapping[str, str]
    function_words: frozenset[str]
    sequels: Sequence[str]
    has_compounds: bool

    @cached_property
    def longest(self) -> int:
        """How many letters the longest phrase has."""
        return max(map(len, self.english))


@cache
def glossary(code: str) -> _Glossary:
    """Return the glossary of a language.

    Raises:
        ValueError: two phrases that share their stems stand under different terms; only one could be read.
    """
    table = tomllib.loads((_FOLDER / f"{code}.toml").read_text())
    english: dict[str, str] = {}
    for term, phrases in {"": table.get("idle", ()), **table["words"]}.items():
        for phrase in phrases:
            read_as = " ".join(_stems(_words(phrase), code)) if code in _SNOWBALL else phrase
            if english.setdefault(read_as, term) != term:
                raise ValueError(f"{code}.toml: {phrase} is {term} and {english[read_as]}")
    return _Glossary(
        english=english,
        function_words=frozenset(word for each in table.get("function_words", ()) for word in _words(each)),
        sequels=table["sequels"],
        has_compounds=table.get("has_compounds", False),
    )


@cache
def languages() -> Sequence[str]:
    """Return the codes of all languages that there is a glossary of."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def _from_running_script(text: str, code: str) -> str:
    """Say a text in English whose words stand together, by the longest phrase that begins at each place."""
    text = unicodedata.normalize("NFKC", text.translate(_PUNCTUATION))
    said = [""]
    place, is_within_word = 0, False
    while place < len(text):
        phrase = None if is_within_word else _longest_phrase(text, place, glossary(code))
        letter = text[place]
        if phrase is None:
            said.append(f" {_UNKNOWN} " if letter.isalpha() and not letter.isascii() else letter)
        elif (term := glossary(code).english[phrase]) == _FREE:
            said.append(f"{said.pop().rstrip()}{_FREE} ")
        else:
            said.append(f" {term} ")
        # Korean puts spaces between words, and a word begins with what it means.
        is_within_word = phrase is None and _HANGUL.match(letter) is not None
        place += len(phrase or letter)
    return "".join(said)


def _longest_phrase(text: str, place: int, known: _Glossary) -> str | None:
    lengths = range(min(known.longest, len(text) - place), 0, -1)
    return next((text[place : place + n] for n in lengths if text[place : place + n] in known.english), None)


def _from_spaced_words(text: str, code: str) -> str:
    """Say a text in English by the longest phrase that begins at each word."""
    known = glossary(code)
    tokens = _TOKEN.findall(text.translate(_JOINTS))
    stems = _stems([_folded(token) for token in tokens], code)
    said: list[str] = []
    place = 0
    while place < len(tokens):
        lengths = range(min(_LONGEST_PHRASE, len(tokens) - place), 0, -1)
        n = next((n for n in lengths if " ".join(stems[place : place + n]) in known.english), 0)
        if n:
            said.append(known.english[" ".join(stems[place : place + n])])
        elif _folded(tokens[place]) in known.function_words:
            said.append(_UNKNOWN)
        else:
            said += _parts(tokens[place], known) if known.has_compounds else [tokens[place]]
        place += n or 1
    return " ".join(said)


def _parts(compound: str, known: _Glossary) -> Iterator[str]:
    """Yield the English of the words in a compound, or itself where there are none."""
    word, place, is_whole = _folded(compound), 0, True
    while place < len(word):
        lengths = range(len(word) - place, _SHORTEST_PART - 1, -1)
        part = next(
            (word[place : place + n] for n in lengths if word[place : place + n] in known.english), ""
        )
        if part:
            is_whole = False
            yield known.english[part]
        place += len(part) or 1
    if is_whole:
        yield compound


def _is_word_of(code: str, word: str) -> bool:
    known = glossary(code)
    return (word in known.function_words and word not in _ENGLISH) or _stems([word], code)[0] in known.english


def _words(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(_folded(text.translate(_JOINTS))) if token.isalpha()]


def _folded(text: str) -> str:
    """Return a text in small letters without accents."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _stems(words: list[str], code: str) -> list[str]:
    return list(_stemmer(code).stemWords(words))


@cache
def _stemmer(code: str) -> Any:
    return snowballstemmer.stemmer(_SNOWBALL[code])
