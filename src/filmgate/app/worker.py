"""What a worker runs: renders, deliveries and sweeps."""

from collections.abc import Mapping
from datetime import timedelta

from filmgate.app.ground import Ground, find_own_inbox, open_file, receive
from filmgate.callbacks.inside import InsideSender
from filmgate.callbacks.sender import SignedSender
from filmgate.domain.breakers import BreakerRules
from filmgate.http.kling.answers import callback_body
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.pictures import read_picture
from filmgate.ports import Engine
from filmgate.service.aftermath import RenderRules
from filmgate.service.clear_up import ClearUp
from filmgate.service.crew import Crew
from filmgate.service.deliver import Deliver, DeliveryRules
from filmgate.service.gather import Gather
from filmgate.service.health import Health as EngineHealth
from filmgate.service.open_file import FindOwnFile
from filmgate.service.render import Render
from filmgate.service.strays import Strays
from filmgate.service.sweep import Sweep
from filmgate.service.work import Work
from filmgate.store.chores import Chores


def work_of(ground: Ground, served: Mapping[str, Engine]) -> Work:
    """Return the work on the tasks of these engines."""
    health = EngineHealth(clock=ground.clock, rules=BreakerRules(), answer_within=timedelta(seconds=10))
    return Work(
        queue=ground.store.queue,
        crew=Crew(served, first_pause=timedelta(seconds=1), longest_pause=timedelta(minutes=1)),
        health=health,
        strays=Strays(
            census=ground.store.census,
            configured=ground.engines.keys(),
            clock=ground.clock,
            grace=timedelta(seconds=ground.settings.accept_within_seconds),
        ),
        clear_up=ClearUp(leftovers=ground.store.leftovers, clock=ground.clock),
        render=_render(ground, health),
        scratch=ground.scratch,
        clock=ground.clock,
        heartbeat_every=ground.settings.worker_lost_after / 5,
        look_every=timedelta(seconds=1),
        check_every=timedelta(seconds=15),
    )


def _render(ground: Ground, health: EngineHealth) -> Render:
    settings, store = ground.settings, ground.store
    own_files = FindOwnFile(open_file(ground), public_url=settings.public_url)
    gather = Gather(
        queue=store.queue,
        objects=ground.objects,
        fetcher=GuardedFetcher(ground.client, objects=ground.objects, own_files=own_files),
        read_picture=read_picture,
        limits=ground.catalog.limits,
    )
    return Render(
        queue=store.queue,
        leftovers=store.leftovers,
        engines=ground.engines,
        router=ground.router,
        health=health,
        objects=ground.objects,
        gather=gather,
        news=store.news,
        catalog=ground.catalog,
        clock=ground.clock,
        meter=ground.meter,
        rules=RenderRules(
            time_limit=timedelta(seconds=settings.task_time_limit_seconds),
            max_tries=settings.max_tries,
            retry_after=timedelta(seconds=1),
            accept_within=timedelta(seconds=settings.accept_within_seconds),
        ),
        scratch=ground.scratch,
    )


def chores_of(ground: Ground) -> Chores:
    """Return what every worker does beside its renders."""
    store, clock, settings = ground.store, ground.clock, ground.settings
    deliver = Deliver(
        deliveries=store.deliveries,
        tasks=store.tasks,
        write=callback_body,
        sender=InsideSender(
            SignedSender(ground.client), own_inboxes=find_own_inbox(ground), receive=receive(ground)
        ),
        clock=clock,
        rules=DeliveryRules(
            delays=settings.callback_retries,
            posts_of_account=settings.account_callbacks_at_once,
            posts_to_host=settings.host_callbacks_at_once,
        ),
    )
    sweep = Sweep(past=store.past, objects=ground.objects, clock=clock, retention=settings.retention)
    return Chores(
        store.database,
        deliver=deliver,
        sweep=sweep,
        sweep_orphans=sweep.orphans,
        lost_after=2 * settings.worker_lost_after,
        restart_after=timedelta(seconds=1),
    )
