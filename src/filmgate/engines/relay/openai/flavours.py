"""The servers of the OpenAI videos dialect, and what each takes, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from filmgate.domain.requests import Action
from filmgate.engines.relay.wanted import Means

Size = tuple[int, int]
"""Width and height in pixels."""

Scalar = str | int | float | bool


class Flavour(StrEnum):
    """A server, by the name that stands in `filmgate.toml`."""

    SGLANG = "sglang"
    VLLM_OMNI = "vllm-omni"
    OPENAI = "openai"
    LITELLM = "litellm"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a server takes an order, and how it lives.

    `fields` are those it takes besides prompt, model, seconds, size and picture. `takes_json` says that it
    takes an order without a picture as JSON; every server takes multipart. `seconds` and `sizes` are those
    it makes (empty: any). Counts of frames are asked for as a multiple of `frame_step` and one more, sides
    as multiples of `size_step`.

    `forgets_on_restart` says that its jobs die with its process, so that an id it gave and does not know any
    more is of a job that nobody makes and nobody is paid for. `stops_on_delete` says that deleting a job
    stops its work.
    """

    title: str
    fields: frozenset[str] = frozenset()
    takes_json: bool = False
    seconds_as_text: bool = True
    needs_model: bool = False
    actions: tuple[Action, ...] = (Action.TEXT2VIDEO, Action.IMAGE2VIDEO)
    seconds: tuple[int, ...] = ()
    sizes: tuple[Size, ...] = ()
    frame_step: int = 1
    size_step: int = 2
    forgets_on_restart: bool = False
    stops_on_delete: bool = False


_DIFFUSION_FIELDS = frozenset({"num_frames", "fps", "seed", "negative_prompt", "guidance_scale"})

DIALECTS: Mapping[Flavour, Dialect] = {
    Flavour.SGLANG: Dialect(
        title="SGLang Diffusion",
        fields=_DIFFUSION_FIELDS,
        # Older ones refuse a multipart order that has no picture.
        takes_json=True,
        seconds_as_text=False,
        frame_step=4,
        size_step=16,
        forgets_on_restart=True,
    ),
    Flavour.VLLM_OMNI: Dialect(
        title="vLLM-Omni",
        fields=_DIFFUSION_FIELDS | {"generate_sound"},
        frame_step=4,
        size_step=16,
        forgets_on_restart=True,
        stops_on_delete=True,
    ),
    Flavour.OPENAI: Dialect(
        title="The OpenAI API",
        needs_model=True,
        # It takes only pictures that have the clip's very size.
        actions=(Action.TEXT2VIDEO,),
        seconds=(4, 8, 12),
        sizes=((1280, 720), (720, 1280)),
    ),
    Flavour.LITELLM: Dialect(title="LiteLLM", needs_model=True),
}


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server as the operator describes it: its dialect, and what the model behind it can do.

    `models` are the server's names of our models; where it is empty all go by `model`. `guidance` is what
    `cfg_scale` 0 and 1 mean as a guidance scale. `extra` goes along with every order as it is.
    """

    dialect: Dialect
    actions: tuple[Action, ...] = (Action.TEXT2VIDEO, Action.IMAGE2VIDEO)
    model: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    makes_sound: bool = False
    seconds: tuple[int, ...] = ()
    sizes: tuple[Size, ...] = ()
    frame_step: int = 1
    size_step: int = 2
    guidance: tuple[float, float] = (1.0, 9.0)
    extra: Mapping[str, Scalar] = field(default_factory=dict)
    means: tuple[Means, ...] = (Means.TRIM, Means.SCALE)
    max_upscale: float = 1.5
