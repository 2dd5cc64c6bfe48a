"""What is taken out of the words of others, and what stays readable."""

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.domain.secrecy import without_secrets

_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhayJ9.c2lnbmF0dXJl"
_SECRETS = [
    (
        "GET https://cdn.example/a.mp4?X-Amz-Signature=abc&e=1 failed",
        "GET https://cdn.example/a.mp4?… failed",
    ),
    ("see https://user:pass@films.example/a", "see https://user:…@films.example/a"),
    ("see https://a-token@films.example/a", "see https://…@films.example/a"),
    ("at s3://id:secret@bucket/clip", "at s3://id:…@bucket/clip"),
    (f"Authorization: Bearer {_TOKEN}", "Authorization: Bearer …"),
    (f"the token {_TOKEN} has expired", "the token … has expired"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZDE=", "Authorization: Basic …"),
    ("Authorization: Token 0123456789abcdef", "Authorization: Token …"),
    ("X-Amz-Signature=0a1b2c3d4e and more", "X-Amz-Signature=… and more"),
    ('{"secret_key": "0a1b2c3d4e"}', '{"secret_key": "…"}'),
    ("api_key=abcdef123456", "api_key=…"),
    ("access key: AKabcdef123456", "access key: …"),
]
_WORDS = [
    "Token expired.",
    "basic settings are missing",
    "The API key is unknown.",
    "seconds=5 is not one of 4, 8, 12",
    "see https://films.example/docs",
    "from http://127.0.0.1:8000/v1@latest",
    "mail us at help@films.example",
]


@pytest.mark.parametrize(("told", "kept"), _SECRETS)
def test_what_opens_something_is_taken_out(told: str, kept: str) -> None:
    assert without_secrets(told) == kept


@pytest.mark.parametrize("told", _WORDS)
def test_what_opens_nothing_stays(told: str) -> None:
    assert without_secrets(told) == told


def test_what_an_upstream_said_is_kept_without_it() -> None:
    error = EngineFailed("It failed.").quoting("403", "no access to https://cdn.example/a?sig=private")

    assert error.upstream is not None
    assert error.upstream.message == "no access to https://cdn.example/a?…"
