import base64
import hashlib
from typing import Any

import pytest

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import InlineMedia, RemoteMedia, StoredMedia
from filmgate.http.kling.body import parse_create
from filmgate.http.kling.redaction import redacted
from tests.domain.matrix import CATALOG
from tests.http.wire import wire_body

CONTENT = bytes(range(256))
CODED = base64.b64encode(CONTENT).decode()


def start_image(url: str) -> object:
    body = {"action": "image2video", "prompt": "x", "start_image_url": url}
    return parse_create(body, CATALOG).request.start_image


def refusal(url: str, field: str = "start_image_url") -> str:
    body: dict[str, Any] = {"action": "image2video", "prompt": "x", "start_image_url": "https://a.example/"}
    with pytest.raises(InvalidRequest) as error:
        parse_create(body | {field: url}, CATALOG)
    assert [each.field for each in error.value.objections] == [field]
    return str(error.value)


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        ("data:image/png;base64,", "image/png"),
        ("data:image/webp;base64,", "image/webp"),
        ("data:image/jpg;base64,", "image/jpeg"),
        ("DATA:Image/JPEG;Base64,", "image/jpeg"),
        ("data:image/png;charset=utf-8;base64,", "image/png"),
        ("data:image/jpeg;name=my%20boat.jpg;charset=binary; BASE64,", "image/jpeg"),
        (f"data:image/png;name={'x' * 900};base64,", "image/png"),
    ],
)
def test_an_inline_picture_is_decoded(head: str, content_type: str) -> None:
    assert start_image(head + CODED) == InlineMedia(content_type=content_type, content=CONTENT)


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", "\t", "\n\n"])
def test_base64_in_lines_is_decoded_and_kept_like_one_without(between: str) -> None:
    lines = between.join(CODED[place : place + 76] for place in range(0, len(CODED), 76)) + between
    inline = f"data:image/png;charset=utf-8;base64,{between}{lines}"

    assert start_image(inline) == InlineMedia(content_type="image/png", content=CONTENT)
    assert redacted({"x": inline}) == redacted({"x": f"data:image/png;base64,{CODED}"})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg?sig=a%2Fb&x=1#part",
        "http://127.0.0.1:8000/files/x.png",
        "HTTPS://Example.com",
        "http://[::1]:8000/a",
        "https://bücher.example/ä.png",
    ],
)
def test_a_web_url_is_kept_as_sent(url: str) -> None:
    assert start_image(url) == RemoteMedia(url=url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "data:image/gif;base64,R0lGODlh",
            'Image format is invalid. start_image_url is "image/gif"; accepted: JPEG',
        ),
        ("data:text/html;base64,AAAA", 'Image format is invalid. start_image_url is "text/html"'),
        ("data:,hello", 'Image format is invalid. start_image_url is ""'),
        ("data:image/png,AAAA", "must read data:image/png;base64, before its content, ;base64 last."),
        ("data:image/png;base64", "must read data:image/…;base64, before its content; there is no comma."),
        ("data:image/png;base64;charset=x,AAAA", "before its content, ;base64 last."),
        (f"data:image/png;name={'x' * 2000};base64,AAAA", "; there is no comma."),
        ("data:image/png;base64,", "holds no bytes after base64,"),
        ("data:image/png;base64,AAA", "Image format is invalid. start_image_url is not base64"),
        ("data:image/png;base64,AA A", "it has 3 characters, which is no multiple of 4: it was cut off"),
        ("data:image/png;base64,AA==AA==", "it has a = before its end."),
        ("data:image/png;base64,A-_A", 'it holds "-"; the URL-safe alphabet is not accepted, send + and /.'),
        ("data:image/png;base64,AA%3D%3D", 'it holds "%"; send it without percent-encoding.'),
        ("data:image/png;base64,AA\x0bAA", 'it holds "\\u000b".'),
        ("data:image/png;base64,AAÄÄ", 'is not base64 as RFC 4648 defines it: it holds "Ä".'),
        (
            "iVBORw0KGgo",
            'must be an http(s) URL or a data:image/…;base64, URL of a JPEG, PNG or WebP, not "iVB',
        ),
        ("file:///etc/passwd", "must be an http(s) URL, not "),
        ("ftp://example.com/a.png", "must be an http(s) URL, not "),
        ("http://", "must be an http(s) URL with a host"),
        ("https:///a.png", "must be an http(s) URL with a host"),
        ("http://[::1", "must be an http(s) URL, not "),
        ("http://a.example:99999/", "must be an http(s) URL, not "),
        ("http://a.example/a b", "without spaces or backslashes"),
        ("http://a.example\\@b.example/", "without spaces or backslashes"),
        ("http://a.example/\n", "without spaces or backslashes"),
        ("http://ann:secret@a.example/", "must not carry a user name or password"),
        ("https://a.example/" + "x" * 4096, "has 4,114 characters; at most 4,096 are accepted."),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(url: str, message: str) -> None:
    assert message in refusal(url)


def test_an_inline_picture_at_the_limit_is_accepted_and_one_byte_more_is_not() -> None:
    limit = CATALOG.limits.image_bytes
    coded = base64.b64encode(bytes(limit)).decode()
    more = base64.b64encode(bytes(limit + 1)).decode()

    assert isinstance(start_image(f"data:image/png;base64,{coded}"), InlineMedia)
    assert "has 10,485,761 bytes; at most 10,485,760" in refusal(f"data:image/png;base64,{more}")


@pytest.mark.parametrize("field", ["callback_url"])
@pytest.mark.parametrize("url", ["javascript:alert(1)", f"data:image/png;base64,{CODED}", "example.com/hook"])
def test_a_callback_goes_to_the_web_alone(field: str, url: str) -> None:
    assert "callback_url must be an http(s) URL, not" in refusal(url, field)


def test_a_given_video_is_on_the_web_alone() -> None:
    body = {
        "model": "kling-v3-omni",
        "prompt": "x",
        "video_list": [{"video_url": "data:video/mp4;base64,AAAA"}],
    }

    with pytest.raises(InvalidRequest, match=r"video_list\[0\].video_url must be an http\(s\) URL"):
        parse_create(body, CATALOG)


def test_inline_pictures_are_left_out_of_what_is_kept() -> None:
    inline = f"data:image/png;base64,{CODED}"
    summary = {"type": "image/png", "size": 256, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    body = {
        "prompt": "data: is a word",
        "start_image_url": inline,
        "image_list": [{"image_url": inline}, {"image_url": "https://a.example/"}],
        "unknown": {"deep": [[inline.upper().replace(CODED.upper(), CODED)]]},
    }

    kept = redacted(body)

    assert kept == {
        "prompt": "data: is a word",
        "start_image_url": summary,
        "image_list": [{"image_url": summary}, {"image_url": "https://a.example/"}],
        "unknown": {"deep": [[summary]]},
    }
    assert body["start_image_url"] == inline


def test_an_inline_picture_that_does_not_decode_is_left_out_as_well() -> None:
    assert redacted({"x": "data:image/png;base64,?!"}) == {
        "x": {"type": "image/png", "size": 2, "sha256": hashlib.sha256(b"?!").hexdigest()}
    }


def test_a_stored_picture_has_no_form_on_the_wire() -> None:
    body = {"action": "image2video", "prompt": "x", "start_image_url": "https://a.example/"}
    request = parse_create(body, CATALOG).request
    stored = StoredMedia(key="inputs/1", content_type="image/png", n_bytes=1, sha256="")

    with pytest.raises(ValueError, match="no form on the wire"):
        wire_body(request.with_media({"start_image": stored}))
