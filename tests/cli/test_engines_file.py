"""What is wrong with `filmgate.toml` is told by its line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from filmgate.domain.errors import InvalidSettings
from filmgate.engines_file import EnginesFile
from filmgate.kinds import line_up, load_engines
from filmgate.settings import load_settings
from filmgate.toml_lines import line_of

_ROUTE = '\n[[routes]]\nmodels = ["*"]\nengines = ["wan"]\n'
_WAN = '[engines.wan]\nkind = "animatic"\n'


def _load(folder: Path, text: str) -> EnginesFile:
    path = folder / "filmgate.toml"
    path.write_text(text)
    return load_engines(load_settings(config=path, data=folder))


def _refusal(folder: Path, text: str) -> str:
    with pytest.raises(InvalidSettings) as refusal:
        _load(folder, text)
    return str(refusal.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[engines.wan\n",
            "filmgate.toml: Expected ']' at the end of a table declaration (at line 1, column 13)",
        ),
        (
            f'# films\n\n[engines.wan]\nkind = "animatik"\n{_ROUTE}',
            'filmgate.toml, line 4: engines.wan.kind: there is no kind "animatik"; did you mean "animatic"?',
        ),
        (f"[engines.wan]\nslots = 1\n{_ROUTE}", "filmgate.toml, line 1: engines.wan.kind: kind is missing."),
        (
            f"{_WAN}\nslot = 2\n{_ROUTE}",
            "filmgate.toml, line 4: engines.wan.slot: there is no such option; "
            'did you mean "slots"? Known are: slots, price_factor.',
        ),
        (
            f"{_WAN}slots = 0\n{_ROUTE}",
            "line 3: engines.wan.slots: Input should be greater than or equal to 1",
        ),
        (
            f'{_WAN}{_ROUTE}\n[[routes]]\nmodels = ["kling-v1"]\nengines = [\n    "wan",\n    "van",\n]\n',
            'filmgate.toml, line 10: routes.1.engines.1: no engine is named "van"; did you mean "wan"?',
        ),
        (f"{_WAN}{_ROUTE}model = []\n", "line 7: routes.0.model: there is no such option; did you mean "),
        (f"{_WAN}", "filmgate.toml, line 1: routes: Field required"),
        (f"{_WAN}{_ROUTE}[engine.b]\n", "line 7: engine: there is no such option; did you mean "),
    ],
    ids=["syntax", "kind", "no kind", "option", "value", "route", "route's option", "no routes", "table"],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    assert told in _refusal(tmp_path, text)


def test_all_mistakes_are_told_at_once_in_their_order(tmp_path: Path) -> None:
    told = _refusal(tmp_path, f'{_WAN}slots = "two"\n[engines.b]\nkind = "child"\n{_ROUTE}')

    assert [line.split(":")[0] for line in told.splitlines()] == [
        "filmgate.toml, line 3",
        "filmgate.toml, line 5",
    ]


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"nowhere\.toml cannot be read: No such file"):
        load_engines(load_settings(config=tmp_path / "nowhere.toml"))


def test_without_a_file_everything_goes_to_the_animatic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    file = load_engines(load_settings())

    assert [(name, engine.kind_name) for name, engine in file.engines.items()] == [("animatic", "animatic")]
    assert [(route.models, route.engines) for route in file.routes] == [(("*",), ("animatic",))]


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("engines", "my.film", "slots"), 3),
        (("engines", "my.film", "device"), 2),
        (("engines", "wan", "cache", "steps"), 6),
        (("routes", 0, "models"), 9),
        (("routes", 1), 10),
        (("routes",), 8),
        (("elsewhere",), None),
    ],
)
def test_the_line_of_a_key_or_of_the_table_around_it_is_found(
    where: tuple[str | int, ...], line: int
) -> None:
    text = (
        "# x = 1\n"
        '[engines."my.film"] # [engines.wan]\n'
        "slots = 1\n"
        "[engines.wan]\n"
        'kind = "x = y"\n'
        "cache.steps = 2\n"
        "\n"
        "[[routes]]\n"
        "models = []\n"
        "[[routes]]\n"
    )

    assert line_of(text, where) == line


_THEIRS = """
from filmgate.engines.animatic.engine import animatic_engine
from filmgate.engines.kind import EngineKind, EngineSettings

class Own(EngineSettings):
    key_env: str

def build(name, *, settings, tools):
    return animatic_engine(name=tools.secret(settings.key_env))

OWN = EngineKind(settings=Own, build=build)
ODD = "no kind"
"""
_ENTRY_POINTS = """
[filmgate.engines]
own = their_engines:OWN
odd = their_engines:ODD
less = their_engines:NOTHING
gone = nowhere:OWN
animatic = nowhere:NEVER
"""


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package is installed with one kind that works, and several that do not."""
    (tmp_path / "their_engines.py").write_text(_THEIRS)
    metadata = tmp_path / "their_engines-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: their-engines\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(_ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("their_engines", None)


@pytest.mark.usefixtures("foreign")
def test_a_kind_of_another_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "filmgate.toml"
    path.write_text(f'[engines.wan]\nkind = "own"\nkey_env = "THEIR_KEY"\n{_ROUTE}')
    monkeypatch.setenv("THEIR_KEY", "their secret")

    built = line_up(load_settings(config=path, data=tmp_path)).engines["wan"]

    assert built.name == "their secret"


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("gone", "line 2: engines.wan.kind: nowhere:OWN cannot be imported: No module named 'nowhere'"),
        ("less", "line 2: engines.wan.kind: their_engines:NOTHING cannot be imported: "),
        ("odd", "line 2: engines.wan.kind: their_engines:ODD is no EngineKind"),
    ],
)
def test_a_kind_that_cannot_be_had_is_told_with_its_line(tmp_path: Path, kind: str, told: str) -> None:
    with pytest.raises(InvalidSettings, match=told):
        _load(tmp_path, f'[engines.wan]\nkind = "{kind}"\n{_ROUTE}')


@pytest.mark.usefixtures("foreign")
def test_a_secret_that_is_not_set_is_named_by_its_variable_and_engine(tmp_path: Path) -> None:
    path = tmp_path / "filmgate.toml"
    path.write_text(f'[engines.wan]\nkind = "own"\nkey_env = "THEIR_KEY"\n{_ROUTE}')

    with pytest.raises(InvalidSettings, match=r"^engines\.wan: THEIR_KEY is not set"):
        line_up(load_settings(config=path, data=tmp_path))
