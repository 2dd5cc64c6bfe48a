"""Putting everything together, and taking it apart at the end."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial

from starlette.types import ASGIApp

from filmgate.app.ground import (
    MIB,
    Ground,
    Store,
    SystemClock,
    blaming,
    find_own_inbox,
    open_file,
    open_store,
)
from filmgate.app.web import application, health_routers, http_application
from filmgate.app.worker import chores_of, work_of
from filmgate.domain.accounts import KeyTerms
from filmgate.domain.errors import InvalidRequest, KeyRefused, Unavailable
from filmgate.domain.roster import Listing
from filmgate.http.meter import PrometheusMeter
from filmgate.kinds import LineUp, egress_policy, line_up, load_default_catalog
from filmgate.media.guarded_http import guarded_client
from filmgate.media.objects import open_objects
from filmgate.media.pictures import read_picture
from filmgate.media.scratch import LocalScratch
from filmgate.media.web_urls import url_objection
from filmgate.ports import Clock, Engine
from filmgate.service.admit import Admit
from filmgate.service.answer import AnswerBook
from filmgate.service.open_file import FindOwnFile
from filmgate.service.reach import Reach
from filmgate.service.route import Route, Routes
from filmgate.service.work import Work
from filmgate.settings import LOCAL_KEY, Settings
from filmgate.store.chores import Chores


@dataclass(frozen=True, kw_only=True)
class Filmgate:
    """A Filmgate that is put together: an HTTP application, and what a worker runs.

    `health` is the part of the application that a worker serves, to those who watch over it.
    """

    settings: Settings
    store: Store
    http: ASGIApp
    health: ASGIApp
    work: Work
    chores: Chores
    local_key: str

    async def claim(self) -> str | None:
        """Return the secret of a new link that claims the operator's account, or None once it is claimed."""
        people, operator_id = self.store.people, self.store.operator_id
        if (await people.account(operator_id)).has_password:
            return None
        return await people.make_link(operator_id, now=SystemClock().now())


@asynccontextmanager
async def open_filmgate(
    settings: Settings,
    *,
    is_dev: bool = False,
    only_engines: frozenset[str] | None = None,
    slots: int | None = None,
    engines: Sequence[Engine] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Filmgate]:
    """Put everything together, and take it apart at the end.

    `is_dev` opens loopback addresses to the links of pictures, callbacks and upstreams. A worker serves
    `only_engines`, or all of the configured ones, with `slots` jobs at once for each, or as configured.
    Where `engines` are given, they stand in place of the configured ones, and every model leads to them in
    their order.

    Raises:
        InvalidSettings, Unavailable: says what is wrong.
    """
    clock = clock or SystemClock()
    policy = egress_policy(settings, is_dev=is_dev)
    cast = line_up(settings, slots=slots, policy=policy) if engines is None else _given_line_up(engines)
    wanted = frozenset(cast.engines) if only_engines is None else only_engines
    served = {name: each for name, each in cast.engines.items() if name in wanted}
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings, clock=clock))
        with blaming("FILMGATE_STORAGE_URL"):
            objects = open_objects(settings.objects_url)
        scratch = LocalScratch(settings.data / "work", min_free_bytes=settings.min_free_mib * MIB)
        stack.callback(scratch.close)
        ground = Ground(
            settings=settings,
            store=store,
            objects=objects,
            policy=policy,
            client=await stack.enter_async_context(guarded_client(policy)),
            catalog=cast.catalog,
            roster=cast.roster,
            routes=cast.routes,
            engines=cast.engines,
            router=Routes(
                cast.routes,
                engines=cast.engines,
                factors=cast.factors,
                queue=store.queue,
                clock=clock,
                believe_for=timedelta(seconds=2),
            ),
            clock=clock,
            scratch=scratch,
            meter=PrometheusMeter(),
        )
        answers = AnswerBook(store.tasks, clock=clock, write_every=timedelta(milliseconds=50))
        await answers.open()
        stack.push_async_callback(answers.close)
        yield Filmgate(
            settings=settings,
            store=store,
            http=http_application(ground, admit=_admit(ground), answers=answers),
            health=application(ground, health_routers(ground)),
            work=work_of(ground, served),
            chores=chores_of(ground),
            local_key=await _local_key(settings, store, clock=clock),
        )


def _admit(ground: Ground) -> Admit:
    return Admit(
        catalog=ground.catalog,
        tasks=ground.store.tasks,
        router=ground.router,
        read_picture=read_picture,
        clock=ground.clock,
        retention=ground.settings.retention,
        reach=Reach(
            check_url=partial(url_objection, policy=ground.policy),
            own_files=FindOwnFile(open_file(ground), public_url=ground.settings.public_url),
            own_inboxes=find_own_inbox(ground),
        ),
    )


def _given_line_up(engines: Sequence[Engine]) -> LineUp:
    names = tuple(engine.name for engine in engines)
    return LineUp(
        engines=dict(zip(names, engines, strict=True)),
        routes=[Route(("*",), names)],
        factors={},
        catalog=load_default_catalog(),
        roster=[
            Listing(name=each.name, kind="given", slots=each.slots, factor=Fraction(1), models=("*",))
            for each in engines
        ],
    )


async def _local_key(settings: Settings, store: Store, *, clock: Clock) -> str:
    """Return the operator's own key, made at the first start and kept in the data folder."""
    path = settings.data / LOCAL_KEY
    with suppress(OSError, KeyRefused):
        secret = path.read_text().strip()
        await store.accounts.caller(secret, now=clock.now())
        return secret
    secret = await _new_local_key(store, now=clock.now())
    # With a database and a store elsewhere, the key is the first thing that is kept here.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{secret}\n")
    draft.replace(path)
    return secret


async def _new_local_key(store: Store, *, now: datetime) -> str:
    # Several servers on one database have a folder and a key each.
    for name in ("local", f"local {secrets.token_hex(4)}"):
        with suppress(InvalidRequest):
            _, secret = await store.accounts.create_key(
                KeyTerms(name=name), account_id=store.operator_id, now=now
            )
            return secret
    raise Unavailable("The key of this server could not be made; try again.")
