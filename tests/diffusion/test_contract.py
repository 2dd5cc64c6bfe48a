"""What every engine promises, of this one."""

from functools import partial
from pathlib import Path

import pytest

from filmgate.ports import RenderJob
from filmgate.testing.engine_contract import EngineCase, EngineContract
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_engine import engine_of
from tests.diffusion.tiny import a_film


def _of_no_picture(folder: Path) -> RenderJob:
    text = folder / "text.png"
    text.write_text("This is no picture.")
    return a_film(folder, start_image=text)


def _slow(folder: Path) -> RenderJob:
    return a_film(folder, duration=200, short_side=512)


def _failing(folder: Path) -> RenderJob:
    return a_film(folder, prompt="too much")


class TestDiffusionEngine(EngineContract):
    """The contract over a tiny model."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, checkpoint: Checkpoint) -> EngineCase:
        """The implementation under test."""
        return EngineCase(
            label="diffusion",
            engine=partial(engine_of, checkpoint, renderer="OutOfDeviceMemory"),
            job=a_film,
            slow_job=_slow,
            unusable_job=_of_no_picture,
            failing_job=_failing,
        )
