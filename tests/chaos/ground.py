"""The folder of a run: what its processes are started with, and how they are found again."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psutil

from filmgate.store.embedded.placement import place

_REPOSITORY = Path(__file__).parents[2]
_ENGINES = """
[engines.tiny]
kind = "renderer"
renderer = "tests.chaos.renderer:TinyRenderer"

[[routes]]
models = ["*"]
engines = ["tiny"]
"""
MAX_TRIES = 10


@dataclass
class Ground:
    """The folder of a run, and everything in it. `mark` is in all that its processes were started with."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def database(self) -> Path:
        """The folder of the embedded database."""
        return self.data / "database"

    @property
    def temporary(self) -> Path:
        """Where the processes put what they want to keep for a moment."""
        return self.folder / "tmp"

    def log(self, name: str) -> Path:
        """Where a process writes its log lines."""
        return self.folder / f"{name}.log"

    @classmethod
    def make(cls) -> "Ground":
        """Make it in the folder of temporary files."""
        ground = cls(Path(mkdtemp(prefix="filmgate-chaos-")))
        # As root the database's own user must be able to reach its folder.
        ground.folder.chmod(0o755)
        ground.temporary.mkdir()
        ground.temporary.chmod(0o1777)
        (ground.folder / "engines.toml").write_text(_ENGINES)
        return ground

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.folder)

    def environment(self) -> dict[str, str]:
        """What the processes are started with."""
        path = (_REPOSITORY / "src", _REPOSITORY, self.folder)
        return {
            **os.environ,
            # A renderer's child gets nothing of ours but this path, so the folder in it marks it as well.
            "PYTHONPATH": os.pathsep.join(str(each) for each in path),
            "TMPDIR": str(self.temporary),
            "FILMGATE_CONFIG": str(self.folder / "engines.toml"),
            "FILMGATE_WORKER_LOST_AFTER_SECONDS": "2",
            "FILMGATE_MAX_TRIES": str(MAX_TRIES),
            "FILMGATE_MIN_FREE_MIB": "1",
            "FILMGATE_CALLBACK_RETRIES": "0.3s,0.5s,1s,1s,1s,2s,2s,2s",
            "FILMGATE_LOG_FORMAT": "json",
            "PYTHONFAULTHANDLER": "1",
        }

    def processes(self) -> list[psutil.Process]:
        """Every living process that was started for this run, the database's included."""
        title = f"postgres: {place(self.database, shelter=self.folder).label}:"
        return [each for each in psutil.process_iter() if _belongs(each, mark=str(self.folder), title=title)]


def _belongs(process: psutil.Process, *, mark: str, title: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        words = " ".join(process.cmdline())
        return mark in words or words.startswith(title) or mark in process.environ().get("PYTHONPATH", "")
    except psutil.Error:
        return False
