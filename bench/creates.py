"""Accepted asynchronous creates per second, beside a bare route that inserts one row."""

import asyncio
import itertools
from collections.abc import Iterator

from bench.load import Timings, load
from bench.servers import bare, filmgate, ground, keys, postgres

_CONNECTIONS = 16
_SECONDS = 4.0
_ROUNDS = 3


async def main() -> None:
    """Measure in turns, so that a noisy moment hits both sides, and print each pair's ratio."""
    with ground() as folder:
        async with postgres(folder) as (url, database):
            for n_accounts in (1, 50):
                secrets = await keys(database, n_accounts=n_accounts)
                async with filmgate(folder, url, with_worker=False) as ours, bare(url) as theirs:
                    print(f"\n{n_accounts} account(s), {_CONNECTIONS} connections, {_SECONDS:g} s a turn")
                    for _ in range(_ROUNDS):
                        base = await _turn(theirs.url, "/insert", ["-"])
                        creates = await _turn(ours.url, "/kling/videos", secrets)
                        _print("bare insert", base)
                        _print("create", creates)
                        print(f"  ratio of rates {creates.rate / base.rate:.2f} (aim: at least 0.50)")


async def _turn(url: str, path: str, secrets: list[str]) -> Timings:
    return await load(url, path, keys=secrets, bodies=_bodies(), n_connections=_CONNECTIONS, seconds=_SECONDS)


def _bodies() -> Iterator[object]:
    for number in itertools.count():
        yield {"prompt": f"a cinematic sunset over the ocean, take {number}", "async": True}


def _print(name: str, timings: Timings) -> None:
    print(
        f"  {name:12} {timings.rate:8.0f}/s   p50 {timings.percentile(50):6.1f} ms"
        f"   p99 {timings.percentile(99):6.1f} ms"
    )


if __name__ == "__main__":
    asyncio.run(main())
