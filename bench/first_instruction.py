"""From sending a create until the renderer's first instruction, on an idle server."""

import asyncio
import json
import statistics
import time
import urllib.request

from bench.load import Connection
from bench.servers import bare, filmgate, ground, keys, postgres

_TIMES = 100


async def main() -> None:
    """Print the latency beside that of one bare insert, measured in turns."""
    with ground() as folder:
        async with postgres(folder) as (url, database):
            [secret] = await keys(database, n_accounts=1)
            async with filmgate(folder, url, with_worker=True) as ours, bare(url) as theirs:
                inserts, starts = [], []
                for number in range(_TIMES + 5):
                    inserts.append(await _insert(theirs.url))
                    starts.append(await _start(ours.url, secret, number=number))
    # The first ones pay for connections and caches.
    insert, start = statistics.median(inserts[5:]), statistics.median(starts[5:])
    print(f"bare insert, answered           p50 {insert:6.2f} ms")
    print(f"create, first instruction       p50 {start:6.2f} ms (aim: at most 15)")
    print(f"                                p95 {sorted(starts[5:])[int(_TIMES * 0.95)]:6.2f} ms")
    print(f"ratio to the bare insert        {start / insert:.1f}")


async def _insert(url: str) -> float:
    connection = await Connection.to(url)
    sent = time.monotonic_ns()
    await connection.post("/insert", {}, key="-")
    connection.close()
    return (time.monotonic_ns() - sent) / 1e6


async def _start(url: str, secret: str, *, number: int) -> float:
    connection = await Connection.to(url)
    sent = time.monotonic_ns()
    _, body = await connection.post("/kling/videos", {"prompt": f"take {number}"}, key=secret)
    connection.close()
    video_url = json.loads(body)["video_url"]
    with urllib.request.urlopen(video_url) as response:  # noqa: ASYNC210 - nothing else runs here.
        arrived = int(response.read())
    return (arrived - sent) / 1e6


if __name__ == "__main__":
    asyncio.run(main())
