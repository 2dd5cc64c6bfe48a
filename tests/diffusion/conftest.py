"""Checkpoints made once for the run. Without PyTorch there is nothing here to test."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("diffusers") else ["test_*.py"]

Checkpoint = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Return the folder of a tiny checkpoint for a profile, made when it is first asked for."""
    from tests.diffusion.tiny import save_checkpoint

    folder = tmp_path_factory.mktemp("checkpoints")

    def of(profile: str) -> Path:
        path = folder / profile
        if not path.exists():
            save_checkpoint(profile, path)
        return path

    return of
