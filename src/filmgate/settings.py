"""The only reader of the environment."""

import os
import re
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.quotas import Quotas

# The name of the file in the data folder that holds the operator's own key.
LOCAL_KEY = "local.key"

Network = IPv4Network | IPv6Network

_DELAY = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([smhd])", re.ASCII)
_SECONDS_OF = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_DELAY = timedelta(days=30)


class Settings(BaseSettings):
    """Everything an operator can set, each from `FILMGATE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="FILMGATE_", extra="forbid", frozen=True)

    data: Path = Field(
        Path("filmgate-data"), description="Embedded database, local objects and the local key."
    )
    database_url: str | None = Field(
        None, description="A PostgreSQL URL; without one, the embedded server is used."
    )
    storage_url: str | None = Field(
        None, description="Where files are kept: any obstore URL; without one, a folder in the data folder."
    )
    public_url: str | None = Field(
        None, description="Starts every printed URL; without it, the request's own origin does."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Addresses or networks whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are "
        "believed.",
    )
    config: Path | None = Field(
        None, description="The file of engines and routes; `./filmgate.toml` is read where it exists."
    )
    egress_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts or networks on private addresses that picture URLs, callbacks and the links of "
        "upstreams may reach.",
    )
    free_credits: Decimal = Field(
        Decimal(100),
        ge=0,
        le=1_000_000,
        decimal_places=3,
        description="Credits that an account is granted once, when it acquires the service.",
    )
    registration: Literal["loopback", "open", "closed"] = Field(
        "loopback",
        description="Who may register: visitors on this machine where FILMGATE_PUBLIC_URL is not set, "
        "everybody, or nobody.",
    )
    retention_days: int = Field(30, ge=1, description="Days after which results are deleted.")
    max_body_mib: int = Field(64, ge=1, description="The largest request body, in MiB.")
    max_open_tasks: int = Field(
        100_000, ge=0, description="Tasks of all accounts that may wait and run at once; 0 for no limit."
    )
    account_open_tasks: int = Field(
        1000,
        ge=0,
        description="Tasks of one account that may wait and run at once; 0 for no limit. "
        "The operator's account has none.",
    )
    account_creates_per_minute: int = Field(
        600,
        ge=0,
        description="Tasks that one account may create at once, and then each minute; 0 for no limit. "
        "The operator's account has none.",
    )
    task_time_limit_seconds: int = Field(
        1800,
        ge=1,
        description="A task whose attempt takes longer ends as `timeout`. Each attempt has all of it, "
        "so that what was lost with a worker is not held against the task.",
    )
    max_tries: int = Field(
        3, ge=1, description="Attempts at a task whose engine breaks or whose worker is lost."
    )
    accept_within_seconds: int = Field(
        600,
        ge=0,
        description="A task that no engine of its route has taken for so long fails; one whose engine is no "
        "longer configured goes to another after as long.",
    )
    worker_lost_after_seconds: float = Field(
        15,
        ge=1,
        description="A worker silent for so long has lost its tasks to another, and after twice as long "
        "its callbacks.",
    )
    min_free_mib: int = Field(
        256, ge=0, description="A worker whose data folder has less free than this, in MiB, takes no task."
    )
    drain_seconds: float = Field(
        20,
        ge=0,
        description="How long SIGTERM lets renders end and waiting callers be answered; what is left then "
        "goes back to the queue. Ctrl-C waits for nothing.",
    )
    metrics_allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Addresses or networks that may read `/metrics` without a key. This machine may where "
        "FILMGATE_PUBLIC_URL is not set; anybody else needs a key of the operator's account.",
    )
    callback_retries: Annotated[tuple[timedelta, ...], NoDecode] = Field(
        "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        validate_default=True,
        description="How long to wait before each further post of a callback that was not taken, by s, m, h "
        "and d; the first is made at once. Every wait is up to a tenth longer, by chance.",
    )
    account_callbacks_at_once: int = Field(
        16, ge=1, le=100, description="Callbacks of one account that a server posts at once."
    )
    host_callbacks_at_once: int = Field(
        8, ge=1, le=100, description="Callbacks of one account to one host that a server posts at once."
    )
    max_result_mib: int = Field(
        2048, ge=1, description="The largest clip that is copied from an upstream, in MiB."
    )
    server: str | None = Field(
        None, description="The server that the commands ask; without one, whichever runs on the data folder."
    )
    api_key: str | None = Field(
        None, repr=False, description="The key that the commands use; without one, the data folder's own."
    )
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")

    @field_validator("trusted_proxies", "metrics_allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(item, strict=False) for item in _listed(value))

    @field_validator("egress_allow", mode="before")
    @classmethod
    def _items(cls, value: object) -> object:
        return tuple(_listed(value))

    @field_validator("callback_retries", mode="before")
    @classmethod
    def _delays(cls, value: object) -> object:
        return tuple(_delay(item) for item in _listed(value)) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("postgresql", "postgres"):
            raise ValueError("must read like postgresql://user:password@host:5432/filmgate")
        return value

    @field_validator("public_url", "server")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        return None if value is None else absolute_url(value)

    @field_validator("api_key")
    @classmethod
    def _sendable(cls, value: str | None) -> str | None:
        return None if value is None else sendable_key(value)

    @property
    def retention(self) -> timedelta:
        """How long results are kept."""
        return timedelta(days=self.retention_days)

    @property
    def free_millicredits(self) -> int:
        """What an account is granted once."""
        return int(self.free_credits * 1000)

    @property
    def registration_here(self) -> str:
        """Who may register, now that it is known who can come."""
        return "closed" if self.registration == "loopback" and self.public_url else self.registration

    @property
    def quotas(self) -> Quotas:
        """What creates are held against."""
        return Quotas(
            open_of_account=self.account_open_tasks,
            a_minute_of_account=self.account_creates_per_minute,
            open_of_all=self.max_open_tasks,
        )

    @property
    def worker_lost_after(self) -> timedelta:
        """How long a worker may be silent before its tasks are another's."""
        return timedelta(seconds=self.worker_lost_after_seconds)

    @property
    def drain(self) -> timedelta:
        """How long SIGTERM lets renders end."""
        return timedelta(seconds=self.drain_seconds)

    @property
    def objects_url(self) -> str:
        """Where files are kept, in full."""
        return self.storage_url or (self.data.absolute() / "objects").as_uri()


def absolute_url(value: str) -> str:
    """Return an http(s) URL without slashes at its end.

    Raises:
        ValueError: it is none, or has no host.
    """
    parts = urlsplit(value)
    # A port that is no number raises when it is read, as a ValueError of its own.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be absolute, such as https://films.example.com")
    return value.rstrip("/")


def sendable_key(value: str) -> str:
    """Return an API key that can stand in a header.

    Raises:
        ValueError: it cannot; does not repeat it.
    """
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be a key as it was printed: letters, digits, - and _, without spaces")
    return value


def unknown_variables() -> list[tuple[str, str | None]]:
    """Return the variables of the environment that look like settings and are none.

    Each comes with the setting whose name is most like it, or None where none is.
    """
    prefix = Settings.model_config["env_prefix"]
    known = [f"{prefix}{name.upper()}" for name in Settings.model_fields]
    unknown = [name for name in os.environ if name.upper().startswith(prefix) and name.upper() not in known]
    return [(name, next(iter(get_close_matches(name.upper(), known, n=1)), None)) for name in sorted(unknown)]


def load_settings(**given: Any) -> Settings:
    """Read the environment; what is given (not None) wins over it.

    Raises:
        InvalidSettings: names each variable that is wrong, and why.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidSettings(_told(error)) from error


def secret(variable: str) -> str:
    """Return a secret that `filmgate.toml` names by its environment variable.

    Raises:
        InvalidSettings: it is not set, or empty.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise InvalidSettings(f"{variable} is not set; filmgate.toml takes a secret from it.")
    return value


def _told(error: ValidationError) -> str:
    lines = []
    for each in error.errors():
        name = ".".join(str(part) for part in each["loc"])
        reason = each["msg"].removeprefix("Value error, ")
        lines.append(f"FILMGATE_{name.upper()}: {reason}")
    return "; ".join(lines)


def _delay(written: str) -> timedelta:
    """Read a wait such as `0.5s`, `5m` or `24h`; up to thirty days."""
    found = _DELAY.fullmatch(written)
    delay = timedelta(seconds=float(found[1]) * _SECONDS_OF[found[2]]) if found else None
    if delay is None or delay > _LONGEST_DELAY:
        raise ValueError(f'"{written}" is not a wait; write each like 0.5s, 5m, 2h or 1d, up to 30d')
    return delay


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return [str(item) for item in value] if isinstance(value, tuple | list) else []
