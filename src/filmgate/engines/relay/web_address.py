"""The address of an upstream, as it stands in the configuration."""

from urllib.parse import urlsplit


def web_address(value: str, *, example: str) -> str:
    """Return the address without a slash at its end.

    Raises:
        ValueError: it is not absolute, or carries a secret, a query or a fragment.
    """
    parts = urlsplit(value)
    # A port that is no number raises when it is read, as a ValueError of its own.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"must be absolute, such as {example}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("holds more than an address; keys are named by their environment variables")
    return value.rstrip("/")
