"""`filmgate keys`: they work on the database itself, whether a server runs or not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from filmgate.cli.arguments import span
from filmgate.cli.ending import CommandFailed
from filmgate.cli.loop import run
from filmgate.cli.opened import opened_store
from filmgate.cli.options import DataOption
from filmgate.cli.tables import age, print_table
from filmgate.domain.accounts import LONGEST_KEY_NAME, ApiKey, KeyTerms, is_key_name
from filmgate.settings import load_settings

_COLUMNS = ("name", "key", "state", "made", "used", "expires", "id")

keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for; the list shows it.")],
    expires: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Close it after so long: 90m, 12h, 30d, 2w.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a key; it alone is printed on stdout, once and never again."""
    if not is_key_name(name):
        raise typer.BadParameter(
            f"give the key a name of at most {LONGEST_KEY_NAME} characters", param_hint="NAME"
        )
    settings = load_settings(data=data)
    lifetime = span(expires, option="--expires") if expires is not None else None

    async def make() -> str:
        async with opened_store(settings) as store:
            now = datetime.now(UTC)
            expires_at = now + lifetime if lifetime is not None else None
            _, secret = await store.accounts.create_key(
                KeyTerms(name=name, expires_at=expires_at), account_id=store.operator_id, now=now
            )
            return secret

    typer.echo(run(make()))


@keys.command("list")
def list_keys(data: DataOption = None) -> None:
    """List the keys by their first characters; revoked ones too."""
    settings = load_settings(data=data)

    async def listed() -> list[ApiKey]:
        async with opened_store(settings, makes_folder=False) as store:
            return await store.accounts.keys(account_id=store.operator_id)

    now = datetime.now(UTC)
    print_table(_COLUMNS, [_row(key, now=now) for key in run(listed())], cut="name")


@keys.command()
def revoke(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The key's id, its name, or its first characters.")
    ],
    data: DataOption = None,
) -> None:
    """Close a key for good; running servers refuse it at once."""
    settings = load_settings(data=data)

    async def revoked() -> ApiKey:
        async with opened_store(settings, makes_folder=False) as store:
            now = datetime.now(UTC)
            found = the_one(await store.accounts.keys(account_id=store.operator_id), named=key, now=now)
            await store.accounts.revoke_key(found.key_id, account_id=store.operator_id, now=now)
            return found

    closed = run(revoked())
    typer.echo(f'Revoked {closed.prefix}… ("{closed.name}").')


def the_one(known: Sequence[ApiKey], *, named: str, now: datetime) -> ApiKey:
    """Return the open key that is meant: the one of this id or name, or else of these first characters.

    Raises:
        CommandFailed: none is, or several are.
    """
    still_open = [key for key in known if key.is_open(now=now)]
    meant = [key for key in still_open if named in (str(key.key_id), key.name)]
    # A whole secret is as good as its first characters; both are what people paste.
    meant = meant or [key for key in still_open if len(named) > 3 and _share_start(key.prefix, named)]
    if not meant:
        raise CommandFailed(f'There is no open key "{named}"; see: filmgate keys list')
    if len(meant) > 1:
        told = ", ".join(f'{key.key_id} ("{key.name}", {key.prefix}…)' for key in meant)
        raise CommandFailed(f'"{named}" means {len(meant)} keys; name one by its id: {told}')
    return meant[0]


def _share_start(prefix: str, named: str) -> bool:
    return prefix.startswith(named) or named.startswith(prefix)


def _row(key: ApiKey, *, now: datetime) -> tuple[str, ...]:
    return (
        key.name,
        f"{key.prefix}…",
        _state(key, now=now),
        _ago(key.created_at, now=now),
        _ago(key.last_used_at, now=now) if key.last_used_at else "never",
        f"{key.terms.expires_at:%Y-%m-%d %H:%M} UTC" if key.terms.expires_at else "never",
        str(key.key_id),
    )


def _state(key: ApiKey, *, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.terms.expires_at is not None and key.terms.expires_at <= now else "open"


def _ago(moment: datetime, *, now: datetime) -> str:
    return f"{age((now - moment).total_seconds())} ago"
