"""`filmgate engines`: which there are, how they are, and what was lost from sight."""

from pathlib import Path

import pytest

from filmgate.cli.start_lines import route_warnings
from filmgate.kinds import load_engines
from filmgate.settings import load_settings
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal

_TWO = """
[engines.good]
kind = "renderer"
renderer = "tests.engines.scripted:ScriptedRenderer"
slots = 2
price_factor = 1.5

[engines.bad]
kind = "renderer"
renderer = "tests.engines.scripted:NoSuchRenderer"

[[routes]]
models = ["kling-v3", "kling-v1*"]
engines = ["good"]
"""


@pytest.fixture
def two(terminal: Terminal) -> Terminal:
    """A terminal whose configuration names an engine that works and one that does not."""
    config = terminal.folder / "two.toml"
    config.write_text(_TWO)
    terminal.environment["FILMGATE_CONFIG"] = str(config)
    return terminal


@pytest.mark.parametrize("words", [("engines",), ("engines", "list")], ids=" ".join)
async def test_the_list_tells_kinds_slots_prices_models_and_health(
    server: Server, two: Terminal, words: tuple[str, ...]
) -> None:
    await server.filmgate.store.database.fetch(
        "INSERT INTO worker VALUES (gen_random_uuid(), '{good}', now(), '{\"good\": \"It is away.\"}')"
    )

    listed = await two.run(*words)

    assert listed.code == 0, listed.err
    assert listed.out.splitlines() == [
        "name\tkind\tslots\tprice\tmodels\thealth",
        "good\trenderer\t2\tx 1.5\tkling-v3, kling-v1*\tails: It is away.",
        "bad\trenderer\t1\tx 1\tnone\tno worker",
    ]


async def test_a_check_tries_every_engine_and_fails_where_one_does(two: Terminal) -> None:
    checked = await two.run("engines", "check")

    good, bad = checked.out.splitlines()
    assert checked.code == 1
    assert good.startswith("good\tworks\t")
    assert bad.startswith("bad\t")
    assert "NoSuchRenderer" in bad
    assert checked.err == "filmgate: 1 of the engines failed: bad\n"


async def test_only_the_engines_that_are_named_are_warmed(two: Terminal) -> None:
    warmed = await two.run("engines", "warm", "good")

    assert (warmed.code, warmed.err) == (0, "")
    assert warmed.out.startswith("good\tworks\t")


async def test_an_engine_that_is_not_configured_is_refused_with_those_that_are(two: Terminal) -> None:
    warmed = await two.run("engines", "warm", "god")

    assert (warmed.code, warmed.out) == (1, "")
    assert warmed.err == "filmgate: There is no engine god; known are: good, bad\n"


async def test_tasks_of_unknown_outcome_are_listed_with_the_last_word_of_the_upstream(
    server: Server, terminal: Terminal
) -> None:
    task_id = await server.make("a quiet sea")
    await server.filmgate.store.database.fetch(
        """UPDATE task SET outcome_unknown = true, setbacks = $2 WHERE task_id = $1::uuid""",
        task_id,
        [
            {
                "attempt": 1,
                "engine": "stage",
                "at": "2026-01-01T12:00:00Z",
                "reason": "outcome unknown",
                "upstream": {"code": "", "message": "the create timed out"},
            }
        ],
    )

    listed = await terminal.run("engines", "unknown")

    [line] = [line for line in listed.out.splitlines() if line.startswith(task_id)]
    assert line.split("\t")[2] == "stage"
    assert line.endswith("\tthe create timed out")


@pytest.mark.parametrize(("engines", "n_warnings"), [('["a", "b"]', 1), ('["a", "c"]', 0), ('["b"]', 0)])
def test_a_route_that_mixes_films_with_animatics_is_warned_about(
    tmp_path: Path, engines: str, n_warnings: int
) -> None:
    config = tmp_path / "filmgate.toml"
    config.write_text(
        '[engines.a]\nkind = "animatic"\n[engines.c]\nkind = "animatic"\n'
        '[engines.b]\nkind = "renderer"\nrenderer = "films:Films"\n'
        f'[[routes]]\nmodels = ["kling-v3"]\nengines = {engines}\n'
    )

    told = route_warnings(load_engines(load_settings(config=config)))

    assert [line.startswith("warning: the route of kling-v3 mixes") for line in told] == [True] * n_warnings
