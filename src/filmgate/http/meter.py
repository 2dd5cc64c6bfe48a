"""What this process counts, and how it is written for Prometheus."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from filmgate import __version__
from filmgate.ports import Figures

# A still animatic takes a second or two, a long clip in 4K many minutes.
_RENDER_SECONDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_DELIVERY_STATES = ("waiting", "retrying", "delivered", "given_up")


class PrometheusMeter:
    """A `Meter` with a registry of its own; it also counts requests by route."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        Info("filmgate", "This Filmgate.", registry=registry).info({"version": __version__})
        ProcessCollector(registry=registry)
        self._attempts = Counter(
            "filmgate_attempts", "Attempts that ended here.", ["engine", "outcome"], registry=registry
        )
        self._renders = Histogram(
            "filmgate_render_seconds",
            "How long attempts took that made a clip, storing it included.",
            ["engine"],
            buckets=_RENDER_SECONDS,
            registry=registry,
        )
        self._settled = Counter(
            "filmgate_credits_settled", "Credits paid for clips made here.", ["engine"], registry=registry
        )
        self._requests = Counter(
            "filmgate_http_requests", "Requests answered here.", ["route", "status"], registry=registry
        )

    def attempt_ended(self, engine: str, outcome: str, *, elapsed: timedelta, settled: int) -> None:
        """See the port."""
        self._attempts.labels(engine, outcome.replace(" ", "_")).inc()
        if outcome == "succeeded":
            self._renders.labels(engine).observe(elapsed.total_seconds())
            self._settled.labels(engine).inc(settled / 1000)

    def request_ended(self, route: str | None, status: int) -> None:
        """Count a request; `status` is 0 where the client left first, `route` None where there is none."""
        self._requests.labels(route or "none", status or "none").inc()

    def exposition(self, figures: Figures | None, *, n_held: int, now: datetime) -> bytes:
        """Return everything in Prometheus's text format; without `figures` the database is down."""
        counted = _Counted([*_here(n_held, is_up=figures is not None), *_everywhere(figures, now=now)])
        return generate_latest(self._registry) + generate_latest(counted)


class _Counted(CollectorRegistry):
    """Figures that were counted just now, which no collector has to ask for again."""

    def __init__(self, metrics: list[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def _here(n_held: int, *, is_up: bool) -> Iterator[Metric]:
    yield _gauge("filmgate_held_requests", "Tasks that requests to this server wait for.", {(): n_held})
    yield _gauge("filmgate_database_up", "Whether the database answered this scrape.", {(): int(is_up)})


def _everywhere(figures: Figures | None, *, now: datetime) -> Iterator[Metric]:
    if figures is None:
        return
    by_state = ("engine", "state")
    tasks = {(each.engine, each.status): each.n_tasks for each in figures.open}
    reserved = {(each.engine, each.status): each.reserved / 1000 for each in figures.open}
    ages = {
        (each.engine,): max(0.0, (now - each.oldest).total_seconds())
        for each in figures.open
        if each.status == "waiting"
    }
    deliveries = {(state,): figures.deliveries.get(state, 0) for state in _DELIVERY_STATES}
    workers = {(engine,): n_workers for engine, n_workers in figures.workers.items()}
    # Closed deliveries go by the hour like ended tasks; open ones are all there are.
    yield _gauge("filmgate_tasks", "Tasks that wait or run, of all servers.", tasks, by_state)
    yield _gauge("filmgate_tasks_ended_last_hour", "Tasks that ended.", figures.ended, by_state)
    yield _gauge("filmgate_queue_oldest_seconds", "Age of the oldest waiting task.", ages, ("engine",))
    yield _gauge("filmgate_credits_reserved", "Credits held by tasks that wait or run.", reserved, by_state)
    yield _gauge(
        "filmgate_deliveries",
        "Callbacks to be made, and those delivered or given up in the last hour.",
        deliveries,
        ("state",),
    )
    leftovers = {(engine,): n_orders for engine, n_orders in figures.leftovers.items()}
    yield _gauge(
        "filmgate_leftovers",
        "Orders of ended tasks that are still to be deleted upstream.",
        leftovers,
        ("engine",),
    )
    yield _gauge("filmgate_workers", "Living workers that take tasks.", workers, ("engine",))


def _gauge(
    name: str, meaning: str, values: dict[tuple[str, ...], float] | object, labels: tuple[str, ...] = ()
) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    assert isinstance(values, dict)
    for of, value in values.items():
        family.add_metric(of, value)
    return family
