"""`GET /metrics`, for Prometheus: to this machine, to named networks, and to who has an operator's key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import KeyNotForThisAPI, Unavailable
from filmgate.http.keys import KeyCheck
from filmgate.http.meter import PrometheusMeter
from filmgate.http.origins import is_relayed, names_this_machine
from filmgate.ports import Census, Clock


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """The route of metrics.

    Without a key, they are told to peers in `allow` and, where `is_open_on_loopback`, to this machine; in
    both cases not to who comes through a proxy.
    """

    census: Census
    meter: PrometheusMeter
    clock: Clock
    check_key: KeyCheck
    operator_id: AccountId
    n_held: Callable[[], int]
    allow: Sequence[IPv4Network | IPv6Network]
    is_open_on_loopback: bool

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(tags=["health"])
        router.add_api_route("/metrics", self.metrics, methods=["GET"])
        return router

    async def metrics(self, request: Request) -> Response:
        """Answer with what is counted here and, while the database answers, over all servers."""
        if not self._is_open_to(request):
            caller = await self.check_key(request)
            if caller.account_id != self.operator_id:
                raise KeyNotForThisAPI("Metrics are told to keys of the operator's account only.")
        now = self.clock.now()
        try:
            figures = await self.census.figures(now=now)
        except Unavailable:
            figures = None
        content = self.meter.exposition(figures, n_held=self.n_held(), now=now)
        return Response(content, media_type=CONTENT_TYPE_LATEST)

    def _is_open_to(self, request: Request) -> bool:
        if request.client is None or is_relayed(request):
            return False
        peer = ip_address(request.client.host)
        # A web page can send a browser on this machine here, but only under the page's own host name.
        is_own = peer.is_loopback and names_this_machine(request.url.hostname)
        return (self.is_open_on_loopback and is_own) or any(peer in network for network in self.allow)
