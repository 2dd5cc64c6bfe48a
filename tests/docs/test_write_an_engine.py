"""The worked example of the how-to about engines is short, works as printed, and keeps every promise."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from filmgate.domain.errors import NotAccepted
from filmgate.kinds import LineUp, line_up
from filmgate.settings import load_settings
from filmgate.testing.jobs import RecordingWatch, a_job, running
from tests.docs.film_server import film_server

_REPOSITORY = Path(__file__).parents[2]
_PAGE = (_REPOSITORY / "docs" / "how-to" / "write-an-engine.md").read_text()
_EXAMPLE, _CONTRACT = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)
_PACKAGE, _CONFIG = re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example as an installed package, with its key in the environment."""
    (tmp_path / "myfilms.py").write_text(_EXAMPLE)
    metadata = tmp_path / "myfilms-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: myfilms\nVersion: 1.0\n")
    points = tomllib.loads(_PACKAGE)["project"]["entry-points"]["filmgate.engines"]
    lines = [f"{name} = {value}" for name, value in points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[filmgate.engines]", *lines]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MYFILMS_KEY", "secret")
    yield tmp_path
    sys.modules.pop("myfilms", None)


def _configured(folder: Path, *, base_url: str) -> LineUp:
    config = folder / "filmgate.toml"
    config.write_text(_CONFIG.replace("http://127.0.0.1:9000", base_url))
    return line_up(load_settings(config=config, data=folder))


def test_the_example_has_under_sixty_lines_of_code() -> None:
    assert sum(bool(line.strip()) for line in _EXAMPLE.splitlines()) < 60


async def test_the_example_is_configured_as_printed_and_makes_a_clip(installed: Path) -> None:
    with film_server() as url:
        configured = _configured(installed, base_url=url)
        async with running(configured.engines["films"]) as engine:
            watch = RecordingWatch()
            job = a_job(installed)
            [clip] = await engine.render(job, watch)

    assert (engine.slots, configured.factors["films"]) == (20, Fraction(3, 2))
    assert clip.clip is not None
    assert watch.tokens == [str(job.task_id)]


@pytest.mark.parametrize("prompt", ["full", "away"])
async def test_a_film_server_that_is_full_or_away_does_not_take_the_job(installed: Path, prompt: str) -> None:
    with film_server() as url:
        base_url = url if prompt == "full" else "http://127.0.0.1:9"
        async with running(_configured(installed, base_url=base_url).engines["films"]) as engine:
            with pytest.raises(NotAccepted):
                await engine.render(a_job(installed, prompt=prompt), RecordingWatch())


def test_the_example_passes_the_contract_as_another_package_runs_it(installed: Path) -> None:
    (installed / "test_films.py").write_text(_CONTRACT)
    shutil.copy(Path(__file__).parent / "film_server.py", installed)
    paths = os.pathsep.join(map(str, (_REPOSITORY / "src", _REPOSITORY, installed)))

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_films.py"],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stdout
    assert re.search(r"\b14 passed", ran.stdout)
