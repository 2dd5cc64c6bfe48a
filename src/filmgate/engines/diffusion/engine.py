"""The engine as the rest of Filmgate knows it."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from filmgate.engines.child import ChildEngine
from filmgate.engines.diffusion.limits import limits
from filmgate.engines.diffusion.profile import Profile
from filmgate.engines.diffusion.setup import Setup

_RENDERER = "filmgate.engines.diffusion.renderer:DiffusionRenderer"
# A step of the largest models takes tens of seconds, and a job is stopped after a step.
_STOP_WITHIN = timedelta(minutes=2)


def diffusion_engine(
    *,
    name: str,
    profile: Profile,
    setup: Setup,
    environment: Mapping[str, str],
    warm_limit: timedelta = timedelta(minutes=60),
    slots: int = 1,
) -> ChildEngine:
    """Return the engine, ready to be started.

    Each slot holds the model once more. There is no spare, for the device would have to hold that as well;
    a cancelled job gives its child back instead, with the model in it.
    """
    options: dict[str, Any] = {
        "profile": profile.model_dump(mode="json"),
        "setup": setup.model_dump(mode="json"),
    }
    return ChildEngine(
        name=name,
        renderer=_RENDERER,
        objections=partial(limits, profile=profile),
        options=options,
        environment=environment,
        jobs_per_child=None,
        warm_limit=warm_limit,
        stop_within=_STOP_WITHIN,
        slots=slots,
        spare=False,
    )
