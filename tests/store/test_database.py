"""A database that does not let us in is a setting to mend, not an outage to wait out."""

from urllib.parse import urlsplit

import pytest

from filmgate.domain.errors import InvalidSettings
from filmgate.store.database import Database


async def test_a_wrong_password_is_named_as_a_wrong_setting(database_url: str) -> None:
    parts = urlsplit(database_url)
    wrong = parts._replace(netloc=f"{parts.username}:wrong@").geturl()

    with pytest.raises(InvalidSettings, match=r"FILMGATE_DATABASE_URL.*password"):
        await Database(wrong).open()


async def test_an_unknown_database_is_named_as_a_wrong_setting(database_url: str) -> None:
    unknown = urlsplit(database_url)._replace(path="/nowhere").geturl()

    with pytest.raises(InvalidSettings, match=r"FILMGATE_DATABASE_URL.*nowhere"):
        await Database(unknown).open()
