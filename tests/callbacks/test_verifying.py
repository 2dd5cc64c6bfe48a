"""What the check of a signature finds, in what anybody may post."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from filmgate.callbacks.verifying import signature_verdict
from filmgate.domain.accounts import WebhookSecrets
from filmgate.domain.inboxes import Arrival, Verdict

NEWEST = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
OLDER = "whsec_" + base64.b64encode(b"the secret that is rotated out..").decode()
FOREIGN = "whsec_" + base64.b64encode(b"the secret of somebody else.....").decode()
SECRETS = WebhookSecrets(newest=NEWEST, older=OLDER)


def _signed(secret: str, *, ago: timedelta = timedelta(0), body: bytes = b"{}") -> Arrival:
    now = datetime.now(UTC) - ago
    headers = (
        ("Webhook-Id", "m"),
        ("Webhook-Timestamp", str(int(now.timestamp()))),
        ("Webhook-Signature", Webhook(secret).sign("m", now, body.decode())),
    )
    return Arrival(query="", headers=headers, body=body)


@pytest.mark.parametrize(
    ("secret", "verdict"),
    [(NEWEST, Verdict.SIGNED), (OLDER, Verdict.SIGNED), (FOREIGN, Verdict.MISFIT)],
)
def test_either_secret_of_the_account_fits_and_no_other(secret: str, verdict: Verdict) -> None:
    assert signature_verdict(_signed(secret), SECRETS) is verdict


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_told_from_one_that_does_not_fit(minutes: int) -> None:
    arrival = _signed(NEWEST, ago=timedelta(minutes=minutes))

    assert signature_verdict(arrival, SECRETS) is Verdict.STALE


def test_what_was_changed_on_the_way_does_not_fit() -> None:
    headers = _signed(NEWEST).headers

    assert signature_verdict(Arrival(query="", headers=headers, body=b"{ }"), SECRETS) is Verdict.MISFIT


def test_what_carries_no_signature_is_not_signed() -> None:
    arrival = Arrival(query="", headers=(("content-type", "application/json"),), body=b"{}")

    assert signature_verdict(arrival, SECRETS) is Verdict.UNSIGNED


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,!", "v2,abcd", "v1,é", ",,,", " ", "v1,a v1,b"])
@pytest.mark.parametrize("moment", ["", "0", "nan", "-inf", "9" * 400, "now", "\u0661"])
@pytest.mark.parametrize("body", [b"", b"\xff", b"{}"])
def test_whatever_else_is_sent_is_never_taken_for_signed(signature: str, moment: str, body: bytes) -> None:
    times = {moment, str(int(datetime.now(UTC).timestamp()))}
    for each in times:
        headers = (("webhook-id", "m"), ("webhook-timestamp", each), ("webhook-signature", signature))

        verdict = signature_verdict(Arrival(query="", headers=headers, body=body), SECRETS)

        assert verdict in (Verdict.MISFIT, Verdict.STALE)
