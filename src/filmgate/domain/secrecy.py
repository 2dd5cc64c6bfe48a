"""Words of others, without what opens something: keys, passwords, and what is signed into URLs."""

import re
from collections.abc import Callable, Sequence

_A_KEY = r"[\w.~+/=-]"

# Hardly a text can hold a secret, and these are looked through for every line of the log.
_MARKS = re.compile(r"://|fg_|eyJ|=|bearer|basic|token|key|password", re.IGNORECASE)

_RULES: Sequence[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = (
    (re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*"), r"\1?…"),
    # The user tells which account was meant; in a web address, a lone one is mostly a token.
    (re.compile(r"(postgres(?:ql)?://[^:@/\s]*):[^@\s]*@"), r"\1:…@"),
    (re.compile(r"(\w+://[^:@/\s\"'<>]*):[^@/\s\"'<>]*@"), r"\1:…@"),
    (re.compile(r"(https?://)[^:@/\s\"'<>]+@"), r"\1…@"),
    (re.compile(r"\b(fg_[A-Za-z0-9_-]{4})[A-Za-z0-9_-]+"), r"\1…"),
    (re.compile(r"\bbearer\s+\S+", re.IGNORECASE), "Bearer …"),
    # "Token expired" and "basic settings" are words; what has a digit or is long is none.
    (
        re.compile(rf"\b(basic|token|api-?key)\s+(?=\S*\d|{_A_KEY}{{24}}){_A_KEY}{{8,}}", re.IGNORECASE),
        r"\1 …",
    ),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?"), "…"),
    (
        re.compile(
            rf"\b((?:api|access|secret)[-_ ]?key|password|x-amz-\w+|signature|sig|\w*token)"
            rf"(\"?\s*=\s*\"?){_A_KEY}{{6,}}",
            re.IGNORECASE,
        ),
        r"\1\2…",
    ),
    (
        re.compile(
            rf"\b((?:api|access|secret)[-_ ]?key|password)(\"?\s*:\s*\"?){_A_KEY}{{8,}}", re.IGNORECASE
        ),
        r"\1\2…",
    ),
)


def without_secrets(text: str) -> str:
    """Return the text without what looks like a key, a password, or the query of a URL."""
    if not _MARKS.search(text):
        return text
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
