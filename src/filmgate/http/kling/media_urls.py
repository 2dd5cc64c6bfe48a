"""The two ways a caller hands over a picture: behind an http(s) URL, or inside a `data:` URL."""

import re
from typing import NoReturn
from urllib.parse import urlsplit

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.models import Limits
from filmgate.domain.pictures import PICTURE_TYPES
from filmgate.domain.requests import InlineMedia, Media, RemoteMedia
from filmgate.domain.wording import shown
from filmgate.http.kling.data_urls import DataURL, bare_base64, decoded

# Not a registered type, but what many programs call a JPEG.
_SPELLINGS = {"image/jpg": "image/jpeg"}
_AUTHORITY = re.compile(r"https?://([^/?#\\]*)", re.IGNORECASE)
_NO_USERINFO = "must not carry a user name or password; an http(s) URL without one is accepted."
_AFTER_BRACKET = re.compile(r"\][^:]")


def web_url(text: str, *, field: str, limits: Limits) -> str:
    """Return `text` if it is an http(s) URL that can be fetched or posted to.

    Raises:
        InvalidRequest: another scheme, no host, a name or password in it, or too long.
    """
    if len(text) > limits.url_characters:
        _refuse(field, text, f"has {len(text):,} characters; at most {limits.url_characters:,} are accepted.")
    found = _AUTHORITY.match(text)
    authority = found[1] if found else ""
    # Of what follows a bracket the versions of Python think differently.
    if "@" in authority.partition("]")[2]:
        _refuse(field, text, _NO_USERINFO)
    if _AFTER_BRACKET.search(authority):
        _refuse(field, text, f"is not an http:// or https:// URL with a host name, but {shown(text)}.")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        _refuse(field, text, f"must be an http(s) URL, not {shown(text)}.")
    if parts.scheme not in ("http", "https"):
        _refuse(field, text, f"must be an http(s) URL, not {shown(text)}.")
    # URL parsers disagree about backslashes and spaces, and so about which host is meant.
    if "\\" in text or any(character.isspace() or not character.isprintable() for character in text):
        _refuse(field, text, f"must be an http(s) URL without spaces or backslashes, not {shown(text)}.")
    if not host:
        _refuse(field, text, f"must be an http(s) URL with a host, not {shown(text)}.")
    if "@" in parts.netloc:
        _refuse(field, text, _NO_USERINFO)
    return text


def picture(text: str, *, field: str, limits: Limits) -> Media:
    """Return the picture that `text` carries or points to.

    Raises:
        InvalidRequest: neither an http(s) URL nor a `data:` URL of an accepted type, size and coding.
    """
    if text[:5].lower() == "data:":
        return _inline(text, field=field, limits=limits)
    if "://" not in text[:16]:
        message = (
            f"must be an http(s) URL or a data:image/…;base64, URL of a JPEG, PNG or WebP, not {shown(text)}."
        )
        _refuse(field, text, message)
    return RemoteMedia(url=web_url(text, field=field, limits=limits))


def _inline(text: str, *, field: str, limits: Limits) -> InlineMedia:
    head = DataURL.of(text)
    if head is None:
        _refuse(field, text, "must read data:image/…;base64, before its content; there is no comma.")
    content_type = _SPELLINGS.get(head.content_type, head.content_type)
    if content_type not in PICTURE_TYPES:
        message = f"Image format is invalid. {field} is {shown(content_type)}; accepted: JPEG, PNG or WebP."
        raise InvalidRequest([Objection(field, shown(text), message)])
    if not head.is_base64:
        _refuse(field, text, f"must read data:{content_type};base64, before its content, ;base64 last.")
    try:
        bare = bare_base64(text[head.n_characters :])
        # The size is known before decoding, so that a refusal costs less memory.
        n_bytes = len(bare) * 3 // 4 - bare[-2:].count(b"=")
        if n_bytes > limits.image_bytes:
            _refuse(field, text, f"has {n_bytes:,} bytes; at most {limits.image_bytes:,} are accepted.")
        content = decoded(bare)
    except ValueError as error:
        message = f"Image format is invalid. {field} is not base64 as RFC 4648 defines it: it {error}."
        raise InvalidRequest([Objection(field, shown(text), message)]) from error
    if not content:
        _refuse(field, text, "holds no bytes after base64,; a JPEG, PNG or WebP is accepted.")
    return InlineMedia(content_type=content_type, content=content)


def _refuse(field: str, text: str, sentence: str) -> NoReturn:
    raise InvalidRequest([Objection(field, shown(text), f"{field} {sentence}")])
