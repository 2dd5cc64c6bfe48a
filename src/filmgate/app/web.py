"""The HTTP application: the API, health and metrics."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.types import ASGIApp

from filmgate.app.console import console_routers
from filmgate.app.ground import MIB, Ground, open_file, receive
from filmgate.http.files import Files
from filmgate.http.health import Health
from filmgate.http.inbox import InboxDoor
from filmgate.http.keys import KeyCheck
from filmgate.http.kling.deliveries import Deliveries
from filmgate.http.kling.tasks import Tasks
from filmgate.http.kling.videos import Videos
from filmgate.http.metrics import Metrics
from filmgate.http.origins import Origins
from filmgate.http.reference import Reference
from filmgate.http.server import build_app
from filmgate.service.admit import Admit
from filmgate.service.answer import AnswerBook
from filmgate.service.delete import Delete
from filmgate.service.submit import Submit


def http_application(ground: Ground, *, admit: Admit, answers: AnswerBook) -> ASGIApp:
    """Return the application of a server."""
    store, objects, clock, settings = ground.store, ground.objects, ground.clock, ground.settings
    check_key = KeyCheck(store.accounts, clock=clock)
    submit = Submit(
        admit=admit,
        tasks=store.tasks,
        objects=objects,
        news=store.news,
        answers=answers,
        clock=clock,
        quotas=settings.quotas,
    )
    origins = Origins(settings.public_url, trusted=settings.trusted_proxies)
    videos = Videos(
        catalog=ground.catalog,
        check_key=check_key,
        origins=origins,
        admit=admit,
        submit=submit,
        news=store.news,
        answers=answers,
    )
    delete = Delete(tasks=store.tasks, objects=objects, clock=clock)
    routers = [
        videos.router(),
        Tasks(check_key=check_key, tasks=store.tasks, delete=delete, operator_id=store.operator_id).router(),
        Deliveries(check_key=check_key, deliveries=store.deliveries).router(),
        Files(open_file=open_file(ground), objects=objects).router(),
        InboxDoor(receive=receive(ground)).router(),
        Reference(catalog=ground.catalog).router(),
        *health_routers(ground),
        *console_routers(ground, admit=admit, submit=submit, delete=delete, origins=origins),
    ]
    return application(ground, routers)


def health_routers(ground: Ground) -> list[APIRouter]:
    """Return the routes for those who watch over a server or a worker."""
    store, settings = ground.store, ground.settings
    metrics = Metrics(
        census=store.census,
        meter=ground.meter,
        clock=ground.clock,
        check_key=KeyCheck(store.accounts, clock=ground.clock),
        operator_id=store.operator_id,
        n_held=lambda: store.news.n_waiting,
        allow=settings.metrics_allow,
        is_open_on_loopback=settings.public_url is None,
    )
    return [Health(queue=store.queue, objects=ground.objects).router(), metrics.router()]


def application(ground: Ground, routers: Sequence[APIRouter]) -> ASGIApp:
    """Return an application with these routes and everything that stands before each of them."""
    return build_app(routers, max_body_bytes=ground.settings.max_body_mib * MIB, meter=ground.meter)
