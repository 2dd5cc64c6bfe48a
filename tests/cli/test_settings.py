"""Settings that cannot be used end a start with a sentence that names them."""

from pathlib import Path

import pytest

from filmgate.app import open_filmgate
from filmgate.domain.errors import InvalidSettings
from filmgate.settings import load_settings


@pytest.mark.parametrize("url", ["nonsense", "mysql://db/filmgate", "//db/filmgate"])
def test_a_database_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^FILMGATE_DATABASE_URL: must read like postgresql://"):
        load_settings(database_url=url)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"storage_url": "ftp://files"}, "^FILMGATE_STORAGE_URL: .*ftp"),
        ({"storage_url": "file:relative"}, "^FILMGATE_STORAGE_URL: .*file:///"),
        ({"egress_allow": ("http://pictures.example",)}, "^FILMGATE_EGRESS_ALLOW: .*pictures.example"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(
    database_url: str, tmp_path: Path, given: dict[str, object], words: str
) -> None:
    settings = load_settings(data=tmp_path, database_url=database_url, **given)

    with pytest.raises(InvalidSettings, match=words):
        async with open_filmgate(settings):
            pytest.fail("nothing can be opened with this setting")
