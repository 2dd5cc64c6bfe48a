"""Held synchronous requests: memory for each, and the time until all are answered once they end."""

import asyncio
import time

from bench.load import Connection
from bench.servers import Server, bare, filmgate, ground, keys, postgres, raise_file_limit
from filmgate.store.database import Database

_AT_ONCE = 200

# All tasks end in one transaction, as when a whole engine breaks: the hardest moment for who waits.
_END_ALL = """
WITH ended AS (
    UPDATE task SET status = 'failed', failure_code = 'bad_request', failure_message = 'bench',
        settled = 0, finished_at = now()
    WHERE status = 'waiting' RETURNING task_id
)
SELECT count(pg_notify('filmgate_task', task_id || ' ended')) FROM ended
"""


async def main() -> None:
    """Measure 2,000 and 10,000 requests, beside a bare route that holds as many on one event."""
    raise_file_limit()
    for n_requests in (2_000, 10_000):
        with ground() as folder:
            async with postgres(folder) as (url, database):
                [secret] = await keys(database, n_accounts=1)
                print(f"\n{n_requests:,} held requests")
                async with bare(url) as theirs:
                    base = await _hold(theirs, n_requests, path="/hold", secret="-", database=None)
                async with filmgate(folder, url, with_worker=False) as ours:
                    held = await _hold(
                        ours, n_requests, path="/kling/videos", secret=secret, database=database
                    )
                print(f"  bare FastAPI  {base[0]:6.1f} KB each   all answered in {base[1]:5.2f} s")
                print(f"  Filmgate      {held[0]:6.1f} KB each   all answered in {held[1]:5.2f} s")
                print(f"  ratio of memory {held[0] / base[0]:.2f}, of time {held[1] / base[1]:.1f}")
                print("  aim: at most 40 KB each, and 2 s")


async def _hold(
    server: Server, n_requests: int, *, path: str, secret: str, database: Database | None
) -> tuple[float, float]:
    """Return kilobytes for each request, and seconds from the release to the last answer."""
    await _warm(server)
    before = server.rss_bytes
    connections: list[Connection] = []
    for first in range(0, n_requests, _AT_ONCE):
        batch = await asyncio.gather(*(Connection.to(server.url) for _ in range(_AT_ONCE)))
        for number, connection in enumerate(batch, first):
            await connection.send(path, {"prompt": f"take {number}"}, key=secret)
        connections += batch
    await _until_held(n_requests, database)
    kilobytes = (server.rss_bytes - before) / n_requests / 1024
    answers = [asyncio.create_task(connection.receive()) for connection in connections]
    released = time.perf_counter()
    if database is None:
        releasing = await Connection.to(server.url)
        await releasing.post("/release", {}, key=secret)
    else:
        await database.fetch(_END_ALL)
    await asyncio.gather(*answers)
    return kilobytes, time.perf_counter() - released


async def _warm(server: Server) -> None:
    connection = await Connection.to(server.url)
    await connection.post("/nowhere", {}, key="-")
    connection.close()


async def _until_held(n_requests: int, database: Database | None) -> None:
    if database is None:
        await asyncio.sleep(2)
        return
    while True:
        row = await database.row("SELECT count(*) AS held FROM task WHERE status = 'waiting'")
        if row is not None and row["held"] >= n_requests:
            # The last ones are stored; what is left to do is to begin to wait.
            await asyncio.sleep(1)
            return
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
