"""Looking names up: every address in order, and nobody waits for a name that hangs."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from filmgate.media.resolving import SystemResolver


def entry(address: str) -> tuple[Any, ...]:
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)


async def test_the_systems_own_answer_is_given_once_and_in_order() -> None:
    def lookup(host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        return [entry("10.0.0.2"), entry("10.0.0.1"), entry("10.0.0.2")]

    found = await SystemResolver(lookup=lookup)("two.example", 80)

    assert found == ["10.0.0.2", "10.0.0.1"]


async def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in await SystemResolver()("localhost", 80)


async def test_a_name_that_is_none_fails_like_one_that_is_unknown() -> None:
    resolve = SystemResolver()

    with pytest.raises(UnicodeError):
        await resolve("a" * 70 + ".example", 80)
    with pytest.raises(OSError, match=r"."):
        await resolve("127.0.0.1.", 80)


async def test_names_that_hang_hold_up_nobody_else() -> None:
    let_go, n_hanging = threading.Event(), 60

    def lookup(host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        if host == "hanging.example":
            let_go.wait()
        return [entry("10.0.0.1")]

    resolve = SystemResolver(lookup=lookup)
    hanging = [asyncio.create_task(resolve("hanging.example", 80)) for _ in range(n_hanging)]
    found = await resolve("quick.example", 80)
    are_done = [task.done() for task in hanging]
    let_go.set()

    assert found == ["10.0.0.1"]
    assert are_done == [False] * n_hanging
    assert await asyncio.gather(*hanging) == [["10.0.0.1"]] * n_hanging


async def test_a_lookup_that_nobody_waits_for_still_counts_until_it_ends() -> None:
    let_go, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def lookup(host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        loop.call_soon_threadsafe(begun.set)
        let_go.wait()
        return [entry("10.0.0.1")]

    resolve = SystemResolver(lookup=lookup, at_most=1)
    given_up = asyncio.create_task(resolve("hanging.example", 80))
    await begun.wait()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    begun.clear()
    second = asyncio.create_task(resolve("quick.example", 80))
    await asyncio.sleep(0)
    has_begun = begun.is_set()
    let_go.set()

    assert not has_begun
    assert await second == ["10.0.0.1"]
