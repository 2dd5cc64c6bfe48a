"""A form that was refused, kept for the one page that shows it again."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from filmgate.domain.wording import counted

_LONGEST_VALUE = 300
_MOST_BYTES = 3800


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What was wrong with a form, by its fields, and what was typed into it, but for passwords.

    `path` is that of the page with the form.
    """

    path: str = ""
    troubles: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, *, otherwise: str = "") -> str:
        """Return what was typed into a field; `otherwise` before anything was."""
        return self.typed.get(name, otherwise)


def sealed(refusal: Refusal, *, secret: str) -> str:
    """Return the refusal as a cookie's value that only this server can write for this browser.

    A value that is longer than any field takes is cut. Where even that is more than a browser keeps, what
    was typed is left out, and then what is wrong as far as it is too much; something is told always.
    """
    content = next(each for each in _ever_shorter(refusal) if len(each) <= _MOST_BYTES)
    return f"{content}.{_seal(content, refusal.path, secret)}"


def unsealed(cookie: str, *, path: str, secret: str) -> Refusal:
    """Return the refusal that `sealed` wrote for the page at `path`; an empty one where it did not."""
    content, _, seal = cookie.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(content, path, secret).encode()):
        return Refusal()
    return Refusal(path=path, **json.loads(urlsafe_b64decode(content)))


def _ever_shorter(refusal: Refusal) -> Iterator[str]:
    troubles = dict(refusal.troubles)
    yield _coded(troubles, {name: value[:_LONGEST_VALUE] for name, value in refusal.typed.items()})
    yield _coded(troubles, {})
    short = [(_cut(name), _cut(message)) for name, message in troubles.items()]
    yield _coded(dict(short), {})
    for n_told in range(len(short) - 1, 0, -1):
        yield _coded({"form": f"{counted(len(short), 'thing')} would not do."} | dict(short[:n_told]), {})
    yield _coded({"form": "Nearly nothing in this form would do."}, {})


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_VALUE else f"{message[: _LONGEST_VALUE - 1]}…"


def _coded(troubles: Mapping[str, str], typed: Mapping[str, str]) -> str:
    told = json.dumps({"troubles": troubles, "typed": typed}, ensure_ascii=False)
    return urlsafe_b64encode(told.encode("utf-8", "replace")).decode()


def _seal(content: str, path: str, secret: str) -> str:
    # The path is sealed but not written: that of a one-time link opens an account.
    digest = hmac.digest(secret.encode(), f"filmgate refusal {path}\n{content}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).decode()
