"""`filmgate webhooks`: the secret that signs callbacks, on the database itself like `filmgate keys`."""

from datetime import timedelta
from typing import Annotated

import typer

from filmgate.cli.arguments import span
from filmgate.cli.loop import run
from filmgate.cli.opened import opened_store
from filmgate.cli.options import DataOption
from filmgate.domain.accounts import WebhookSecrets
from filmgate.settings import Settings, load_settings

webhooks = typer.Typer(no_args_is_help=True, help="Show and rotate the secret that signs callbacks.")


@webhooks.command()
def secret(data: DataOption = None) -> None:
    """Print the secret; it alone is on stdout."""
    settings = load_settings(data=data)

    async def known() -> WebhookSecrets:
        async with opened_store(settings) as store:
            return await store.accounts.webhook_secrets(account_id=store.operator_id)

    _print(run(known()))


@webhooks.command()
def rotate(
    keep: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="How long the old secret signs as well: 90m, 12h, 7d; else 1d."),
    ] = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="The old secret signs no more, because it leaked.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Make a new secret and print it; for a while both sign, so that receivers can change over."""
    if at_once and keep is not None:
        raise typer.BadParameter("it contradicts --at-once", param_hint="--keep")
    settings = load_settings(data=data)
    keep_old_for = None if at_once else span(keep or "1d", option="--keep")
    _print(run(_rotated(settings, keep_old_for)))


async def _rotated(settings: Settings, keep_old_for: timedelta | None) -> WebhookSecrets:
    async with opened_store(settings) as store:
        return await store.accounts.rotate_webhook_secret(
            account_id=store.operator_id, keep_old_for=keep_old_for
        )


def _print(secrets: WebhookSecrets) -> None:
    if secrets.older is not None:
        until = f" until {secrets.older_until:%Y-%m-%d %H:%M} UTC" if secrets.older_until else ""
        typer.echo(f"The secret before it signs as well{until}.", err=True)
    typer.echo(secrets.newest)
