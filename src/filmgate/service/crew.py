"""The engines of a worker: started one beside the other, and again while one of them cannot start."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from filmgate.ports import Engine

_log = structlog.get_logger(__name__)


class Crew:
    """Engines by name; those that have started are `ready`.

    One that cannot start is tried again after `first_pause`, which doubles up to `longest_pause`.
    """

    def __init__(
        self, engines: Mapping[str, Engine], *, first_pause: timedelta, longest_pause: timedelta
    ) -> None:
        self._engines = engines
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._ready: dict[str, Engine] = {}
        self._one_more = asyncio.Event()
        self._starts: list[asyncio.Task[None]] = []
        self._insists = False
        self._failure: BaseException | None = None

    @property
    def ready(self) -> Mapping[str, Engine]:
        """The engines that can be given work."""
        return self._ready

    @property
    def expected(self) -> Sequence[str]:
        """Every engine of the crew, those too that have not started yet."""
        return list(self._engines)

    def insist(self) -> None:
        """Let the first engine that cannot start end the work instead of being tried again."""
        self._insists = True

    def muster(self) -> None:
        """Begin to start every engine."""
        for name, engine in self._engines.items():
            self._starts.append(asyncio.create_task(self._start(name, engine), name=f"start {name}"))

    async def wait_for_one_more(self) -> None:
        """Return once another engine is ready, which may have happened before.

        Raises:
            Exception: what kept an engine from starting, where `insist` was called.
        """
        await self._one_more.wait()
        self._one_more.clear()
        if self._failure is not None:
            raise self._failure

    async def dismiss(self) -> None:
        """Close every engine, and try no more to start one."""
        for start in self._starts:
            start.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        self._ready = {}
        for engine in self._engines.values():
            await engine.close()

    async def _start(self, name: str, engine: Engine) -> None:
        pause = self._first_pause
        while True:
            try:
                await engine.start()
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one engine, the others can work.
                if self._insists:
                    self._failure = error
                    self._one_more.set()
                    return
                _log.exception("engine does not start", engine=name, again_in_seconds=pause.total_seconds())
            else:
                break
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, self._longest_pause)
        self._ready[name] = engine
        self._one_more.set()
