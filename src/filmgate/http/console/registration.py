"""Who may register."""

from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import Request

from filmgate.http.origins import is_relayed, names_this_machine


@dataclass(frozen=True)
class Registration:
    """Whether visitors may make accounts: `open`, `closed`, or `loopback`, open to those on this machine."""

    rule: str

    def is_open(self, request: Request) -> bool:
        """Say whether whoever sends the request may register."""
        if self.rule != "loopback":
            return self.rule == "open"
        # The rule that metrics go by: a page elsewhere can send a browser of this machine here, but only
        # under a name of its own.
        if request.client is None or is_relayed(request):
            return False
        return ip_address(request.client.host).is_loopback and names_this_machine(request.url.hostname)
