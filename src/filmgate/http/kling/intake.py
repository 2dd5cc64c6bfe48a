"""What is taken of a create's body, by whichever route it came."""

import hashlib
import json
from typing import Any

from starlette.requests import Request

from filmgate.domain.errors import InvalidRequest, Objection, TooLarge
from filmgate.http.kling.body import ParsedCreate
from filmgate.http.kling.redaction import redacted
from filmgate.http.origins import Origins
from filmgate.service.submit import Create

LONGEST_IDEMPOTENCY_KEY = 255
# What is kept of a body and shown again with every look at its task; what is documented fits ten times.
LARGEST_REST = 256 * 1024


def create_of(request: Request, body: dict[str, Any], parsed: ParsedCreate, *, origins: Origins) -> Create:
    """Return what is submitted for a body.

    Raises:
        TooLarge: it says too much beside its inline pictures.
        InvalidRequest: the Idempotency-Key is too long.
    """
    shown = redacted(body)
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"))
    if len(canonical) > LARGEST_REST:
        raise TooLarge(
            f"The body has {len(canonical):,} bytes beside its inline pictures; "
            f"at most {LARGEST_REST:,} are accepted."
        )
    return Create(
        request=parsed.request,
        body=shown,
        body_hash=hashlib.sha256(canonical.encode()).digest(),
        warnings=parsed.warnings,
        callback_url=parsed.callback_url,
        idempotency_key=_idempotency_key(request),
        public_origin=origins.of(request),
        trace_id=request.state.trace_id,
    )


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_IDEMPOTENCY_KEY:
        message = (
            f"The Idempotency-Key has {len(key)} characters; at most {LONGEST_IDEMPOTENCY_KEY} are accepted."
        )
        raise InvalidRequest([Objection("idempotency-key", None, message)])
    return key or None
