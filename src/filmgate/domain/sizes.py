"""Objections to what is too long or too many."""

from filmgate.domain.errors import Objection


def too_long(field: str, length: int, *, limit: int) -> Objection:
    """Object to a text of `length` characters where `limit` are accepted."""
    return Objection(field, length, f"{field} has {length:,} characters; at most {limit:,} are accepted.")


def too_many(field: str, count: int, *, limit: int) -> Objection:
    """Object to a list of `count` items where `limit` are accepted."""
    return Objection(field, count, f"{field} has {count:,} items; at most {limit:,} are accepted.")
