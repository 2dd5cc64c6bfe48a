"""The commands that carry a cluster from one major version of PostgreSQL to the next."""

import shlex
from pathlib import Path

from filmgate.store.embedded.binaries import MAJOR, Binaries, wheel_binaries
from filmgate.store.embedded.placement import Placement
from filmgate.store.embedded.users import named_user

NAME = "filmgate"
"""The name of the database and of its only role."""

FORMAT = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""How initdb writes text: UTF-8, compared by code points, the same on every machine."""


def upgrade_commands(placement: Placement, *, found: str, new: Binaries) -> list[str]:
    """Return shell commands that upgrade the cluster from major version `found`, to be typed in this order.

    The wheel carries some older versions; of others the path is left for the reader to fill in. The old
    cluster stays beside the new one.
    """
    old = wheel_binaries(int(found)) if found.isdigit() else None
    old_bin = old.folder if old is not None else Path(f"/path/to/postgresql-{found}/bin")
    cluster = placement.cluster
    fresh, work, kept = (placement.folder / f"cluster-{end}" for end in (MAJOR, "upgrade", found))
    owner = named_user() if placement.user is not None else None
    install = "install -d -m 700"
    run = f"env TZ=UTC PGPASSWORD=$(cat {_q(placement.password)})"
    commands = []
    if owner is not None:
        # pg_upgrade and initdb refuse root, and any user without a name; the server then keeps this owner.
        install += f" -o {owner.uid} -g {owner.gid}"
        run = f"setpriv --reuid {owner.uid} --regid {owner.gid} --clear-groups {run}"
        commands.append(f"chown -R {owner.uid}:{owner.gid} {_q(cluster)}")
    checksums = (
        f"$({_q(old_bin / 'pg_controldata')} {_q(cluster)} | grep -q 'checksum version: *0' && echo --no)"
    )
    return [
        *commands,
        f"{install} {_q(fresh)} {_q(work)} && cd {_q(work)}",
        f"{run} {_q(new.initdb)} -D {_q(fresh)} -U {NAME} {' '.join(FORMAT)} {checksums}-data-checksums",
        f"{run} {_q(new.folder / 'pg_upgrade')} -U {NAME} -b {_q(old_bin)} -B {_q(new.folder)}"
        f" -d {_q(cluster)} -D {_q(fresh)}",
        f"cp {_q(cluster / 'pg_hba.conf')} {_q(fresh / 'pg_hba.conf')}",
        f"mv {_q(cluster)} {_q(kept)} && mv {_q(fresh)} {_q(cluster)} && rm -r {_q(work)}",
    ]


def _q(path: Path) -> str:
    return shlex.quote(str(path))
