"""The pages of the console."""

from fastapi import APIRouter

from filmgate.app.ground import Ground
from filmgate.http.console.account_page import AccountPage
from filmgate.http.console.accounts_pages import AccountsPages
from filmgate.http.console.entrance import Entrance
from filmgate.http.console.inbox_page import InboxPage
from filmgate.http.console.keys_page import KeysPage
from filmgate.http.console.oversight_pages import OversightPages
from filmgate.http.console.pages import Pages
from filmgate.http.console.registration import Registration
from filmgate.http.console.service_page import ServicePage
from filmgate.http.console.tasks_page import TasksPage
from filmgate.http.console.try_it import TryIt
from filmgate.http.console.usage_page import UsagePage
from filmgate.http.console.visitors import Door
from filmgate.http.origins import Origins
from filmgate.media.pictures import read_picture
from filmgate.service.acquire import Acquire
from filmgate.service.admit import Admit
from filmgate.service.delete import Delete
from filmgate.service.enter import Enter
from filmgate.service.submit import Submit
from filmgate.store.passwords import Argon2Passwords


def console_routers(
    ground: Ground, *, admit: Admit, submit: Submit, delete: Delete, origins: Origins
) -> list[APIRouter]:
    """Return the routes of every page."""
    door = Door(people=ground.store.people, origins=origins, clock=ground.clock)
    # A file in a bucket is answered by a redirect to its own URL there, which the pages have to allow.
    is_elsewhere = not ground.settings.objects_url.startswith("file:")
    pages = Pages(media_from=("https:", "http:") if is_elsewhere else ())
    try_it = TryIt(
        door=door,
        pages=pages,
        accounts=ground.store.accounts,
        tasks=ground.store.tasks,
        admit=admit,
        submit=submit,
        catalog=ground.catalog,
        origins=origins,
        clock=ground.clock,
        read_picture=read_picture,
    )
    return [
        pages.router(),
        *_entrance_pages(ground, door=door, pages=pages),
        try_it.router(),
        try_it.script_router(),
        *_pages_of_an_account(ground, door=door, pages=pages, delete=delete, origins=origins),
        *_operator_pages(ground, door=door, pages=pages, origins=origins),
    ]


def _entrance_pages(ground: Ground, *, door: Door, pages: Pages) -> list[APIRouter]:
    store, clock, settings = ground.store, ground.clock, ground.settings
    enter = Enter(people=store.people, passwords=Argon2Passwords(), clock=clock)
    registration = Registration(settings.registration_here)
    service_page = ServicePage(
        door=door,
        pages=pages,
        acquire=Acquire(credits=store.credits, clock=clock, free_millicredits=settings.free_millicredits),
        registration=registration,
        catalog=ground.catalog,
    )
    entrance = Entrance(
        door=door, pages=pages, people=store.people, enter=enter, clock=clock, registration=registration
    )
    account_page = AccountPage(door=door, pages=pages, people=store.people, enter=enter, clock=clock)
    return [service_page.router(), entrance.router(), account_page.router()]


def _pages_of_an_account(
    ground: Ground, *, door: Door, pages: Pages, delete: Delete, origins: Origins
) -> list[APIRouter]:
    store, clock = ground.store, ground.clock
    tasks_page = TasksPage(
        door=door,
        pages=pages,
        tasks=store.tasks,
        deliveries=store.deliveries,
        delete=delete,
        catalog=ground.catalog,
    )
    inbox_page = InboxPage(
        door=door,
        pages=pages,
        inboxes=store.inboxes,
        accounts=store.accounts,
        tasks=store.tasks,
        origins=origins,
        clock=clock,
    )
    return [
        tasks_page.router(),
        KeysPage(door=door, pages=pages, accounts=store.accounts, clock=clock).router(),
        UsagePage(door=door, pages=pages, credits=store.credits, clock=clock).router(),
        inbox_page.router(),
    ]


def _operator_pages(ground: Ground, *, door: Door, pages: Pages, origins: Origins) -> list[APIRouter]:
    store, clock, settings = ground.store, ground.clock, ground.settings
    oversight = OversightPages(
        door=door,
        pages=pages,
        census=store.census,
        queue=store.queue,
        tasks=store.tasks,
        people=store.people,
        clock=clock,
        roster=ground.roster,
        routes=ground.routes,
        free_bytes=ground.scratch.free_bytes,
        data=settings.data.absolute(),
        is_stored_elsewhere=settings.storage_url is not None,
        retention=settings.retention,
    )
    accounts = AccountsPages(
        door=door, pages=pages, people=store.people, credits=store.credits, origins=origins, clock=clock
    )
    return [oversight.router(), accounts.router()]
