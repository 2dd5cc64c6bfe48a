"""`filmgate accounts`: people and their credits, on the database itself like `filmgate keys`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from filmgate.announcement import running_url
from filmgate.cli.ending import CommandFailed
from filmgate.cli.loop import run
from filmgate.cli.opened import opened_store
from filmgate.cli.options import DataOption
from filmgate.cli.tables import age, print_table
from filmgate.domain.accounts import Account, written_millicredits
from filmgate.domain.entrance import tidy_email
from filmgate.domain.wording import in_credits
from filmgate.settings import Settings, load_settings

if TYPE_CHECKING:
    from filmgate.app.ground import Store

_COLUMNS = ("account", "credits", "state", "made", "id")
_OPERATOR = "operator"

accounts = typer.Typer(no_args_is_help=True, help="List accounts, let their owners in, grant credits.")

AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account's e-mail or id, or the word operator.")
]


@accounts.command("list")
def list_accounts(data: DataOption = None) -> None:
    """List all accounts, the newest first."""
    settings = load_settings(data=data)

    async def listed() -> list[Account]:
        async with opened_store(settings, makes_folder=False) as store:
            return await store.people.accounts()

    now = datetime.now(UTC)
    print_table(_COLUMNS, [_row(account, now=now) for account in run(listed())], cut="account")


@accounts.command()
def link(account: AccountArgument, data: DataOption = None) -> None:
    """Print a link on which the account's owner chooses a new password: once, within a day."""
    settings = load_settings(data=data)

    async def made() -> str:
        async with opened_store(settings) as store:
            found = await _the_one(store, named=account)
            return await store.people.make_link(found.account_id, now=datetime.now(UTC))

    typer.echo(f"{_origin(settings)}/enter/{run(made())}")


# An amount below zero looks like an option that is not known.
@accounts.command(context_settings={"ignore_unknown_options": True})
def grant(
    account: AccountArgument,
    amount: Annotated[str, typer.Argument(metavar="CREDITS", help="How many; a negative number takes back.")],
    note: Annotated[str, typer.Option(help="What for; the ledger shows it.")] = "granted by the operator",
    data: DataOption = None,
) -> None:
    """Add credits to an account, and print what it has then."""
    settings = load_settings(data=data)
    millicredits = _millicredits(amount)

    async def granted() -> Account:
        async with opened_store(settings, makes_folder=False) as store:
            found = await _the_one(store, named=account)
            return await store.credits.grant(
                found.account_id, millicredits=millicredits, note=note, now=datetime.now(UTC)
            )

    has = run(granted())
    typer.echo(f"{has.email or has.name} has {in_credits(has.balance)} credits.")


@accounts.command()
def limit(
    account: AccountArgument,
    open_tasks: Annotated[
        int | None, typer.Option("--open", min=0, help="Tasks that may wait and run at once; 0 for no limit.")
    ] = None,
    a_minute: Annotated[
        int | None, typer.Option("--per-minute", min=0, help="Tasks created a minute; 0 for no limit.")
    ] = None,
    weight: Annotated[
        float | None,
        typer.Option(min=0.01, max=100, help="Its share of the workers beside others; usually 1."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Give an account limits of its own, in place of the settings' ones."""
    if (open_tasks, a_minute, weight) == (None, None, None):
        raise typer.BadParameter("name at least one of --open, --per-minute and --weight")
    settings = load_settings(data=data)

    async def limited() -> Account:
        async with opened_store(settings, makes_folder=False) as store:
            found = await _the_one(store, named=account)
            await store.people.set_limits(
                found.account_id, most_open=open_tasks, most_a_minute=a_minute, weight=weight
            )
            return found

    changed = run(limited())
    typer.echo(f"{changed.email or changed.name} has the new limits from its next task on.")


async def _the_one(store: "Store", *, named: str) -> Account:
    wanted = tidy_email(named)
    if wanted == _OPERATOR:
        return await store.people.account(store.operator_id)
    if (account := await store.people.account_named(wanted)) is None:
        raise CommandFailed(f'There is no account "{named}"; see: filmgate accounts list')
    return account


def _millicredits(written: str) -> int:
    amount = written_millicredits(written)
    if amount is None:
        raise typer.BadParameter(
            f"{written} is no amount; write a number other than 0 with at most three decimals, such as 2.5",
            param_hint="CREDITS",
        )
    return amount


def _origin(settings: Settings) -> str:
    return settings.public_url or running_url(settings.data) or "http://127.0.0.1:8000"


def _row(account: Account, *, now: datetime) -> tuple[str, ...]:
    return (
        account.email or account.name,
        "no limit" if account.is_unlimited else in_credits(account.balance),
        "operator" if account.is_operator else "open" if account.has_acquired else "registered",
        f"{age((now - account.created_at).total_seconds())} ago",
        str(account.account_id),
    )
