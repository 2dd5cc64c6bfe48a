"""How long to wait before asking again: never quite the same, so that many waiting tasks spread out."""

import asyncio
import random


async def pause(seconds: float) -> None:
    """Wait about so long, a quarter more or less."""
    await asyncio.sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311 - chance, not secrecy.
