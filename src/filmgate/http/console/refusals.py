"""A form that was refused, kept for the one page that shows it again."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

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

    A value that is longer than any field takes is cut, and left out where even that is more than a
    browser keeps.
    """
    typed = {name: value[:_LONGEST_VALUE] for name, value in refusal.typed.items()}
    for kept in (typed, {}):
        told = {"path": refusal.path, "troubles": dict(refusal.troubles), "typed": kept}
        content = urlsafe_b64encode(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")).decode()
        if len(content) <= _MOST_BYTES:
            break
    return f"{content}.{_seal(content, secret)}"


def unsealed(cookie: str, *, secret: str) -> Refusal:
    """Return the refusal that `sealed` wrote; an empty one where it did not."""
    content, _, seal = cookie.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(content, secret).encode()):
        return Refusal()
    return Refusal(**json.loads(urlsafe_b64decode(content)))


def _seal(content: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), b"filmgate refusal" + content.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).decode()
