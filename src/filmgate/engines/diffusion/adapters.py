"""Adapters (LoRA) as data: weights that teach a model a move of the camera, or change every film."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from filmgate.domain.requests import CameraMove
from filmgate.engines.diffusion.camera import Move, travels


class Adapter(BaseModel):
    """One adapter: `file` in `weights`, which is a folder or a name on the hub.

    With `move` it is worn where the camera moves so, else in every film. `strength` is what it weighs at
    full travel. Of a mixture of two experts it changes the first, or with `second_expert` the second.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: str
    file: str = Field(pattern=r"\.safetensors$")
    move: Move | None = None
    strength: Annotated[float, Field(gt=0)] = 1.0
    second_expert: bool = False


Worn = Mapping[int, float]
"""What each adapter weighs in a film, by its place in the profile; those that are not worn are left out."""


def moves_of(adapters: Sequence[Adapter]) -> frozenset[Move]:
    """Return the moves that some adapter makes."""
    return frozenset(adapter.move for adapter in adapters if adapter.move is not None)


def worn_for(camera: CameraMove | None, adapters: Sequence[Adapter]) -> Worn:
    """Return what a film wears: the adapters of its camera's moves by their shares, and those without any."""
    shares: Mapping[Move | None, float] = {None: 1.0} | {
        travel.move: 1.0 if travel.share is None else travel.share
        for travel in (travels(camera) if camera is not None else ())
    }
    return {
        place: round(adapter.strength * shares[adapter.move], 4)
        for place, adapter in enumerate(adapters)
        if adapter.move in shares
    }
