"""`data:` URLs as browsers read them (RFC 2397, and the Fetch standard where that is silent)."""

import binascii
import re
from dataclasses import dataclass
from typing import Self

from filmgate.domain.wording import shown

# The rest may be megabytes.
_LONGEST_HEAD = 1024
_WHITESPACE = b" \t\n\f\r"
_STRANGE = re.compile(rb"[^A-Za-z0-9+/=]")


@dataclass(frozen=True, kw_only=True)
class DataURL:
    """The head of a `data:` URL: a lower-case type, whether base64 follows, and where that begins.

    Parameters between the two, such as `charset` or `name`, say nothing of a picture and are left out.
    """

    content_type: str
    is_base64: bool
    n_characters: int

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return the head of `text`, or None where it is no `data:` URL, or one without a comma."""
        if text[:5].lower() != "data:":
            return None
        head, comma, _ = text[:_LONGEST_HEAD].partition(",")
        if not comma:
            return None
        content_type, *parameters = (part.strip().lower() for part in head[5:].split(";"))
        return cls(
            content_type=content_type,
            is_base64=parameters[-1:] == ["base64"],
            n_characters=len(head) + 1,
        )


def bare_base64(coded: str) -> bytes:
    """Return base64 without the line breaks and blanks that mail and many programs put between.

    Raises:
        ValueError: not ASCII; says, as a predicate, which character there is.
    """
    try:
        return coded.encode("ascii").translate(None, _WHITESPACE)
    except UnicodeEncodeError as error:
        raise ValueError(_holds(coded[error.start])) from error


def decoded(bare: bytes) -> bytes:
    """Return what base64 without whitespace stands for.

    Raises:
        ValueError: it is none as RFC 4648 defines it; says why, as a predicate.
    """
    try:
        return binascii.a2b_base64(bare, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(_why_not(bare)) from error


def _why_not(bare: bytes) -> str:
    if strange := _STRANGE.search(bare):
        return _holds(strange[0].decode())
    if len(bare) % 4:
        return (
            f"has {len(bare):,} characters, which is no multiple of 4: it was cut off, or lacks = at its end"
        )
    return "has a = before its end"


def _holds(character: str) -> str:
    instead = {
        "-": "; the URL-safe alphabet is not accepted, send + and /",
        "_": "; the URL-safe alphabet is not accepted, send + and /",
        "%": "; send it without percent-encoding",
    }
    return f"holds {shown(character)}{instead.get(character, '')}"
