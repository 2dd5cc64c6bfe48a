"""A request as the order that a server takes, and as the clip that has to come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from filmgate.domain.models import ModelSpec
from filmgate.domain.requests import GenerationRequest
from filmgate.engines.relay.exchange import Form
from filmgate.engines.relay.openai.flavours import Scalar, Server, Size
from filmgate.engines.relay.wanted import Means, Wanted, covering, serves


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The first frame as it is uploaded."""

    content: bytes
    content_type: str

    @property
    def file_name(self) -> str:
        """A name by which servers tell its type."""
        return f"first-frame.{self.content_type.partition('/')[2]}"


@dataclass(frozen=True, kw_only=True)
class Order:
    """One create. `wanted` is the clip that was asked of us, which may be smaller than the one ordered."""

    fields: Mapping[str, Scalar]
    wanted: Wanted
    picture: Picture | None = None
    as_json: bool = False

    @property
    def body(self) -> Mapping[str, Any] | None:
        """What is sent as JSON, if it is."""
        return self.fields if self.as_json else None

    @property
    def form(self) -> Form | None:
        """What is sent as multipart, if it is."""
        if self.as_json:
            return None
        parts: dict[str, tuple[str | None, str | bytes, str | None]] = {
            name: (None, _written(value), None) for name, value in self.fields.items()
        }
        if self.picture is not None:
            parts["input_reference"] = (
                self.picture.file_name,
                self.picture.content,
                self.picture.content_type,
            )
        return parts


def order_for(
    request: GenerationRequest,
    spec: ModelSpec,
    *,
    server: Server,
    seed: int,
    size: Size,
    asked_size: Size,
    picture: Picture | None = None,
) -> Order:
    """Return the create for a request without objections; `size` is the clip's, `asked_size` the server's."""
    assert spec.fps is not None, f"{spec.model} only extends"
    n_frames = request.duration * spec.fps
    sound = spec.makes_sound(request)
    seconds = asked_seconds(request.duration, server=server)
    assert seconds is not None, "objections leave no other durations"
    possible: dict[str, Scalar | None] = {
        "num_frames": asked_frames(n_frames, server=server),
        "fps": spec.fps,
        "seed": seed,
        "negative_prompt": request.negative_prompt or None,
        "guidance_scale": _guidance(request.cfg_scale, server=server),
        "generate_sound": sound or None,
    }
    fields: dict[str, Scalar | None] = {
        "prompt": request.prompt,
        "model": server.models.get(request.model, server.model),
        "seconds": str(seconds) if server.dialect.seconds_as_text else seconds,
        "size": f"{asked_size[0]}x{asked_size[1]}",
        **{name: value for name, value in possible.items() if name in server.dialect.fields},
        **server.extra,
    }
    wanted = Wanted(
        width=size[0],
        height=size[1],
        fps=spec.fps,
        n_frames=n_frames,
        has_sound=sound,
        means=server.means,
        max_upscale=server.max_upscale,
    )
    return Order(
        fields={name: value for name, value in fields.items() if value is not None},
        wanted=wanted,
        picture=picture,
        as_json=server.dialect.takes_json and picture is None,
    )


def asked_seconds(duration: int, *, server: Server) -> int | None:
    """Return the length to ask for, from which the clip is cut; None where the server makes none so long."""
    if not server.seconds:
        return duration
    longer = [each for each in server.seconds if each == duration or _may(server, Means.TRIM)]
    return min((each for each in longer if each >= duration), default=None)


def asked_frames(n_frames: int, *, server: Server) -> int:
    """Return the number of frames to ask for: on the grid of the server's model, and no fewer."""
    if not _may(server, Means.TRIM) or server.frame_step == 1:
        return n_frames
    return -(-(n_frames - 1) // server.frame_step) * server.frame_step + 1


def asked_size(size: Size, *, server: Server) -> Size | None:
    """Return the size to ask for, of which the clip's is made; None where the server makes none for it."""
    if server.sizes:
        fit = [each for each in server.sizes if _is_fit(each, size, server=server)]
        return min(fit, key=lambda each: _distance(each, size), default=None)
    step = server.size_step
    on_grid = (-(-size[0] // step) * step, -(-size[1] // step) * step)
    return on_grid if _is_fit(on_grid, size, server=server) else None


def _is_fit(made: Size, size: Size, *, server: Server) -> bool:
    if made == size:
        return True
    scale, _ = covering(made, size)
    means = Means.TRIM if scale == 1 else Means.SCALE
    return _may(server, means) and serves(made, size, max_upscale=max(server.max_upscale, 1.0))


def _distance(made: Size, size: Size) -> tuple[bool, Fraction]:
    """Order sizes from the best: one that is scaled down loses nothing."""
    scale, _ = covering(made, size)
    return scale > 1, scale if scale > 1 else 1 / scale


def _may(server: Server, means: Means) -> bool:
    return means in server.means


def _guidance(cfg_scale: float | None, *, server: Server) -> float | None:
    if cfg_scale is None:
        # The model's own recipe is better than the middle of any range.
        return None
    low, high = server.guidance
    return round(low + cfg_scale * (high - low), 4)


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
