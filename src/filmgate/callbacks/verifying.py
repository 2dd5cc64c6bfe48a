"""Checking what was posted to an inbox against the secrets of its owner."""

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from filmgate.domain.accounts import WebhookSecrets
from filmgate.domain.inboxes import Arrival, Verdict

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def signature_verdict(arrival: Arrival, secrets: WebhookSecrets) -> Verdict:
    """`ports.SignatureCheck` by the library that receivers use."""
    headers = dict(arrival.by_name())
    if not any(headers.get(name) for name in _HEADERS):
        return Verdict.UNSIGNED
    found = [_verdict(arrival.body, headers, secret) for secret in (secrets.newest, secrets.older) if secret]
    return Verdict.SIGNED if Verdict.SIGNED in found else found[0]


def _verdict(body: bytes, headers: dict[str, str], secret: str) -> Verdict:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except WebhookVerificationError as error:
        # The library looks at the time first, and has no other word for what it found.
        return Verdict.STALE if "timestamp too" in str(error) else Verdict.MISFIT
    except ValueError:
        # It stumbles over a body that is not UTF-8 and over signatures that are not base64.
        return Verdict.MISFIT
    return Verdict.SIGNED
