"""One stream of log lines on stderr, with nothing secret in them."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

from filmgate.domain.secrecy import without_secrets


def configure_logs(form: Literal["console", "json"], *, least: int = logging.INFO) -> None:
    """Send every log line of ours and of the libraries to stderr, as text or as JSON, from a level up."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    last: structlog.types.Processor = structlog.processors.JSONRenderer()
    if form == "console":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    # Our own lines, one for every request, go straight to stderr: through `logging` each costs twice as much.
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=_NamedWriter,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    for chatty in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "pgqueuer", "alembic"):
        logger = logging.getLogger(chatty)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(max(least, logging.WARNING))


class _NamedWriter(structlog.WriteLogger):
    """Writes lines to stderr; its name is shown in them."""

    def __init__(self, name: str) -> None:
        super().__init__(sys.stderr)
        self.name = name


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take keys, passwords and the query strings of URLs out of a log event."""
    for name, value in event.items():
        event[name] = _redacted(value)
    return event


def _redacted(value: object) -> object:
    if isinstance(value, str | BaseException):
        return without_secrets(str(value))
    if isinstance(value, Mapping):
        return {name: _redacted(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each) for each in value]
    return value
