"""The docs say what the code does: pages from the code are up to date, and links and names lead somewhere."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filmgate.http.meter import PrometheusMeter
from filmgate.ports.oversight import Figures
from filmgate.store.tasks import JOINS_FAULT_FOR, JOINS_UNANSWERED_FOR

_REPOSITORY = Path(__file__).parents[2]
_PAGES = sorted([*_REPOSITORY.glob("*.md"), *_REPOSITORY.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)")
_ANCHOR = re.compile(r"\]\((?!https?:)([^)#]*\.md)?#([^)]+)\)")
_SETTING = re.compile(r"FILMGATE_[A-Z_]*[A-Z]")
_MODULE = re.compile(r"`filmgate ([a-z]+)")


def _reference() -> dict[str, str]:
    specification = importlib.util.spec_from_file_location(
        "write_reference", _REPOSITORY / "docs" / "write_reference.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return dict(module.pages())


def test_the_reference_is_what_the_code_writes() -> None:
    from_code = _reference()

    written = {name: (_REPOSITORY / "docs" / "reference" / name).read_text() for name in from_code}

    assert written == from_code, "run `make docs`"


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_REPOSITORY)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    missing = [link for link in _LINK.findall(page.read_text()) if not (page.parent / link).exists()]

    assert missing == []


def test_every_setting_named_in_the_docs_exists() -> None:
    known = set(_SETTING.findall(_reference()["settings.md"]))

    named = {name for page in _PAGES for name in _SETTING.findall(page.read_text())}

    assert named <= known


def test_every_command_named_in_the_docs_exists() -> None:
    known = set(re.findall(r"^## filmgate ([a-z]+)", _reference()["commands.md"], re.MULTILINE))

    named = {name for page in _PAGES for name in _MODULE.findall(page.read_text())}

    assert named <= known


def test_every_command_is_shown_as_it_is_typed() -> None:
    commands = _reference()["commands.md"]

    titles = re.findall(r"^## (filmgate.*)", commands, re.MULTILINE)
    usages = re.findall(r"^Usage: (.+?) \[", commands, re.MULTILINE)

    assert usages == titles


def test_every_page_of_the_docs_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    left = [_REPOSITORY / "README.md"]
    while left:
        page = left.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        left += [(page.parent / link).resolve() for link in _LINK.findall(page.read_text())]

    assert set(_PAGES) <= reached


def test_the_index_lists_every_how_to_and_every_decision() -> None:
    indexes = {
        "how-to": _REPOSITORY / "docs" / "README.md",
        "decisions": _REPOSITORY / "docs" / "decisions" / "README.md",
    }

    for folder, index in indexes.items():
        listed = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text())}
        pages = {page for page in (_REPOSITORY / "docs" / folder).glob("*.md") if page.name != "README.md"}
        assert pages <= listed


def test_every_link_into_a_page_leads_to_a_heading() -> None:
    missing = []
    for page in _PAGES:
        for target, anchor in _ANCHOR.findall(page.read_text()):
            headings = re.findall(
                r"^#+ (.+)$", ((page.parent / target) if target else page).read_text(), re.MULTILINE
            )
            if anchor not in {
                re.sub(r"[^a-z0-9 _-]", "", each.lower()).replace(" ", "-") for each in headings
            }:
                missing.append(f"{page.name}: {target}#{anchor}")

    assert missing == []


def test_every_metric_is_explained_and_every_alert_asks_for_one_that_exists() -> None:
    page = (_REPOSITORY / "docs" / "how-to" / "monitor-with-prometheus.md").read_text()
    figures = Figures(open=(), ended={}, deliveries={}, workers={}, expected=set(), leftovers={})
    told = PrometheusMeter().exposition(figures, n_held=0, now=datetime.now(UTC)).decode()

    explained, _, alerts = page.partition("## Alerts")

    exist = set(re.findall(r"^# TYPE (filmgate_\w+)", told, re.MULTILINE)) - {"filmgate_info"}
    assert set(re.findall(r"`(filmgate_\w+)`", explained)) == exist
    assert set(re.findall(r"filmgate_[a-z_]+", alerts)) <= exist


def test_the_docs_say_for_how_long_a_repeated_create_joins_the_first() -> None:
    fault, silence = JOINS_FAULT_FOR.total_seconds(), JOINS_UNANSWERED_FOR.total_seconds() / 3600

    page = (_REPOSITORY / "docs" / "how-to" / "move-a-client.md").read_text()
    assert f"| joins for {silence:g} h | joins for {fault:g} s |" in page
    assert f"within {fault:g} s, or\nwithin {silence:g} h with" in _reference()["errors.md"]
