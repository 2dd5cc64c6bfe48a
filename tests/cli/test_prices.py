"""What an operator charges: `[prices]` in `filmgate.toml`, and asking for a price from a terminal."""

from fractions import Fraction
from pathlib import Path

import pytest

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.models import Catalog
from filmgate.domain.requests import Mode
from filmgate.kinds import load_default_catalog, load_engines
from filmgate.settings import load_settings
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal


def _catalog(folder: Path, text: str) -> Catalog:
    path = folder / "filmgate.toml"
    path.write_text(text)
    return load_engines(load_settings(config=path, data=folder)).catalog


def test_a_price_takes_the_place_of_the_catalogues_and_of_no_other(tmp_path: Path) -> None:
    own = _catalog(tmp_path, "[prices.kling-v3]\nstd = 1\npro = 0.005\n")

    changed = {key for key, spec in own.specs.items() if spec != load_default_catalog().specs[key]}
    assert changed == {("kling-v3", Mode.STD), ("kling-v3", Mode.PRO)}
    assert own.spec("kling-v3", Mode.STD).millicredits_per_second == 1000
    assert own.spec("kling-v3", Mode.PRO).millicredits_per_second == 5


@pytest.mark.parametrize(
    ("written", "factors"),
    [
        ("audio_factor = 1.25", ["5/4", "5/4", "5/4"]),
        ("audio_factor.4k = 3", ["3/2", "3/2", "3"]),
        ("audio_factor = { std = 1, pro = 2 }", ["1", "2", "1"]),
    ],
)
def test_sound_is_priced_for_all_modes_or_for_each(tmp_path: Path, written: str, factors: list[str]) -> None:
    own = _catalog(tmp_path, f"[prices.kling-v3]\n{written}\n")

    assert [own.spec("kling-v3", mode).audio_factor for mode in Mode] == [Fraction(each) for each in factors]


def test_a_factor_leaves_modes_without_sound_alone(tmp_path: Path) -> None:
    own = _catalog(tmp_path, "[prices.kling-v2-6]\naudio_factor = 3\n")

    assert own.spec("kling-v2-6", Mode.STD).audio_factor == 1
    assert own.spec("kling-v2-6", Mode.PRO).audio_factor == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[prices.kling-v33]\nstd = 1\n", 'line 1: prices.kling-v33: there is no such model; did you mean "'),
        ("[prices]\nkling-o1.std = 1\n", "line 2: prices.kling-o1: is another name of kling-video-o1; write"),
        ("[prices]\nkling-v3 = 1\n", "line 2: prices.kling-v3: must be a table of prices by mode, not 1."),
        (
            "[prices.kling-v1]\nstd = 1\n4k = 1\n",
            "line 3: prices.kling-v1.4k: kling-v1 has no such mode. Known are: std, pro, audio_factor.",
        ),
        (
            "[prices.kling-v3]\naudiofactor = 1\n",
            'kling-v3 has no such mode; did you mean "audio_factor"?',
        ),
        (
            "[prices.kling-v3]\n\nstd = -0.1\n",
            "line 3: prices.kling-v3.std: must be credits for each second, from 0 to 1,000,000 with at most "
            "three decimals, not -0.1.",
        ),
        ("[prices.kling-v3]\nstd = 0.2801\n", "with at most three decimals, not 0.2801."),
        ("[prices.kling-v3]\nstd = nan\n", "with at most three decimals, not nan."),
        ("[prices.kling-v3]\nstd = inf\n", "with at most three decimals, not inf."),
        ("[prices.kling-v3]\nstd = true\n", "with at most three decimals, not true."),
        ('[prices.kling-v3]\nstd = "1"\n', 'with at most three decimals, not "1".'),
        ("[prices.kling-v3]\nstd = 1000001\n", "from 0 to 1,000,000 with at most three"),
        (
            "[prices.kling-v3]\naudio_factor = 0.5\n",
            "line 2: prices.kling-v3.audio_factor: must be a number from 1 to 100, not 0.5.",
        ),
        ("[prices.kling-v3]\naudio_factor.pro = 101\n", "line 2: prices.kling-v3.audio_factor.pro: must be"),
        (
            "[prices.kling-v2-6]\naudio_factor.std = 2\n",
            "line 2: prices.kling-v2-6.audio_factor.std: kling-v2-6 makes no sound in such a mode.",
        ),
        (
            "[prices.kling-v1]\naudio_factor = 2\n",
            "line 2: prices.kling-v1.audio_factor: kling-v1 makes no sound, so there is nothing to multiply.",
        ),
        ("prices = 3\n", "line 1: prices: Input should be a valid dictionary"),
    ],
)
def test_a_price_that_cannot_be_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        _catalog(tmp_path, text)

    assert told in str(refusal.value)


def test_all_wrong_prices_are_told_at_once_beside_other_mistakes(tmp_path: Path) -> None:
    text = '[prices.kling-v3]\nstd = -1\npro = -2\n[engines.wan]\nkind = "no"\n[[routes]]\nmodels = ["*"]\n'

    with pytest.raises(InvalidSettings) as refusal:
        _catalog(tmp_path, f'{text}engines = ["wan"]\n')

    assert [line.split(",")[1].split(":")[0] for line in str(refusal.value).splitlines()] == [
        " line 2",
        " line 3",
        " line 5",
    ]


async def test_a_price_is_told_line_by_line_and_nothing_is_made(server: Server, terminal: Terminal) -> None:
    newest = await server.make("made before")
    words = "--model kling-v3 --mode pro --duration 5 --audio --price"

    outcome = await terminal.run("generate", "how much?", *words.split())

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "item\tcredits",
        "kling-v3 pro, 5 s at 1.12\t5.60",
        "sound, x 1.5\t2.80",
        "in all\t8.40",
    ]
    assert await server.newest() == newest


async def test_a_price_of_more_seconds_is_told(server: Server, terminal: Terminal) -> None:
    made = await server.ask("/kling/videos", prompt="the first part")

    outcome = await terminal.run("extend", made["video_id"], "what next", "--price")

    assert outcome.code == 0, outcome.err
    assert outcome.last_line == "in all\t1.40"


async def test_what_cannot_be_made_has_no_price(terminal: Terminal) -> None:
    outcome = await terminal.run("generate", "how much?", "--model", "kling-v1", "--duration", "7", "--price")

    assert (outcome.code, outcome.out) == (1, "")
    assert "duration" in outcome.err
