"""The corpus of URLs in `urls.toml`, which the checks of every layer are tried with."""

import tomllib
from pathlib import Path

_CORPUS = tomllib.loads((Path(__file__).parent / "urls.toml").read_text(encoding="utf-8"))

CLOSED_URLS: dict[str, list[str]] = _CORPUS["closed"]
"""Well-formed URLs of addresses that are closed, by the words of the refusal."""

ODD_URLS: dict[str, list[str]] = _CORPUS["odd"]
"""What is no plain URL, by the words of the refusal at create."""

HOSTILE_URLS: dict[str, list[str]] = CLOSED_URLS | ODD_URLS

OPEN_URLS: list[str] = _CORPUS["open"]["urls"]
"""URLs that nothing speaks against, as far as their text shows."""
