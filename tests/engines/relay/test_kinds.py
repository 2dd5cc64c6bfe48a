"""The kinds of relay: what may stand in the file, and where their secrets come from."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from filmgate.domain.errors import InvalidSettings
from filmgate.engines.kind import EngineKind, EngineTools
from filmgate.engines.relay.filmgate.kind import FILMGATE
from filmgate.engines.relay.kling.kind import KLING
from filmgate.engines.relay.openai.kind import OPENAI
from tests.domain.matrix import CATALOG, a_request
from tests.engines.relay.links import open_link_client

_SECRET = "a secret that nobody may read"
_PAIR = {"access_key_env": "KLING_ACCESS_KEY", "secret_key_env": "KLING_SECRET_KEY"}
_BEHIND = {"base_url": "https://films.example.com/", "api_key_env": "UPSTREAM_KEY"}
_GPU = {"base_url": "http://127.0.0.1:30000/v1", "flavour": "sglang", "api_key_env": "GPU_KEY"}


def some_tools(folder: Path, *, asked: list[str] | None = None, is_set: bool = True) -> EngineTools:
    """Tools with a secret for every variable, or for none."""

    def secret(variable: str) -> str:
        if asked is not None:
            asked.append(variable)
        if not is_set:
            raise InvalidSettings(f"{variable} is not set.")
        return _SECRET

    return EngineTools(secret=secret, data=folder, max_download_bytes=1000, link_client=open_link_client)


_EXAMPLES = [(kind, table) for kind in (KLING, FILMGATE) for table in kind.examples.values()]


@pytest.mark.parametrize(("kind", "table"), _EXAMPLES)
def test_every_example_makes_an_engine_that_goes_on_only_with_its_own_videos(
    tmp_path: Path, kind: EngineKind[Any], table: dict[str, Any]
) -> None:
    engine = kind.engine("upstream", table=table, tools=some_tools(tmp_path))

    assert engine.name == "upstream"
    assert engine.continues_only_its_own


def test_secrets_are_asked_for_by_the_names_of_their_variables(tmp_path: Path) -> None:
    asked: list[str] = []

    KLING.engine("kling", table=_PAIR, tools=some_tools(tmp_path, asked=asked))

    assert asked == ["KLING_ACCESS_KEY", "KLING_SECRET_KEY"]


@pytest.mark.parametrize(("kind", "table"), [(KLING, _PAIR), (FILMGATE, _BEHIND), (OPENAI, _GPU)])
def test_a_secret_that_is_not_set_is_named(
    tmp_path: Path, kind: EngineKind[Any], table: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSettings, match="_KEY is not set"):
        kind.engine("upstream", table=table, tools=some_tools(tmp_path, is_set=False))


@pytest.mark.parametrize(
    "table",
    [{}, {"access_key_env": "A"}, {"secret_key_env": "B"}, {**_PAIR, "api_key_env": "C"}],
    ids=["none", "half", "other half", "both"],
)
def test_an_account_has_one_credential_whole(tmp_path: Path, table: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either api_key_env, or both"):
        KLING.engine("kling", table=table, tools=some_tools(tmp_path))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("films.example.com", "must be absolute"),
        ("ftp://films.example.com", "must be absolute"),
        ("https://user:secret@films.example.com", "keys are named"),
        ("https://films.example.com?key=secret", "keys are named"),
    ],
)
def test_an_address_is_an_address_and_no_more(tmp_path: Path, address: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        FILMGATE.engine("upstream", table={**_BEHIND, "base_url": address}, tools=some_tools(tmp_path))


def test_an_account_with_an_access_key_has_no_turbo_model(tmp_path: Path) -> None:
    request = a_request("kling-v3-turbo")
    spec = CATALOG.spec(request.model, request.mode)
    engine = KLING.engine("kling", table=_PAIR, tools=some_tools(tmp_path))

    assert [each.field for each in engine.objections(request, spec)] == ["model"]
