"""Open-weight models as a kind of engine: `kind = "diffusion"`."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from filmgate.domain.errors import InvalidSettings
from filmgate.domain.wording import either
from filmgate.engines.diffusion.adapters import Adapter, moves_of
from filmgate.engines.diffusion.caches import WITH_THRESHOLD
from filmgate.engines.diffusion.engine import diffusion_engine
from filmgate.engines.diffusion.profile import Profile, known_profiles, load_profile
from filmgate.engines.diffusion.setup import Attention, Cache, Offload, Quantise, Setup
from filmgate.engines.kind import EngineKind, EngineSettings, EngineTools
from filmgate.ports import Engine


class DiffusionSettings(EngineSettings):
    """An open-weight video model through Hugging Face diffusers; needs PyTorch and the extra `diffusion`."""

    profile: str = Field(
        description=f"{', '.join(known_profiles())}, or the path of a TOML file of your own."
    )
    acknowledge: str = Field(
        "",
        validate_default=True,
        description="The short name of the weights' licence, once you have read it.",
    )
    device: str = Field("auto", description="A device of PyTorch, such as `cuda:0`; else the first GPU.")
    threads: int | None = Field(None, ge=1, description="Threads on a processor; else PyTorch's choice.")
    checkpoint: str | None = Field(None, description="A folder or a name on the hub; else the profile's.")
    download: bool = Field(False, description="Whether a start may fetch the checkpoint from the hub.")
    hub_cache: Path | None = Field(None, description="Where checkpoints are kept; else in the data folder.")
    hub_token_env: str | None = Field(
        None, description="The environment variable with the token for checkpoints that ask for one."
    )
    offload: Offload | None = Field(
        None, description="What waits in main memory: `none`, whole models, or `group`s of layers."
    )
    vae_tiling: bool | None = Field(None, description="Whether frames are decoded in tiles.")
    attention: Attention = Field("native", description="The attention kernels, which must be installed.")
    cache: Cache = Field("none", description="Which steps are left out where little would change.")
    cache_threshold: float | None = Field(
        None, gt=0, description="How little that is, for `first_block` and `mag`; else as the profile says."
    )
    adapters: tuple[Adapter, ...] | None = Field(
        None,
        description="Tables of LoRA adapters in place of the profile's, each with `weights` and `file`, and "
        "`move`, `strength` or `second_expert`; `[]` for none, and the camera by words.",
    )
    compile: bool = Field(False, description="Whether the blocks of the model are compiled at the first job.")
    quantise: Quantise = Field(
        "none",
        description="`int8_weights`, `fp8_weights` and `fp8` keep the weights in 8 bits and compute as "
        "before; `fp8_compute` multiplies in 8 bits too. All but `fp8` need torchao.",
    )
    max_upscale: float | None = Field(
        None, ge=1, description="How far a frame may be enlarged; else as the profile says, mostly 1.5."
    )
    load_minutes: float = Field(60, gt=0, description="How long loading may take, fetching included.")

    @field_validator("profile")
    @classmethod
    def _known(cls, value: str) -> str:
        _profile(value)
        return value

    @field_validator("acknowledge")
    @classmethod
    def _acknowledged(cls, value: str, info: ValidationInfo) -> str:
        if (name := info.data.get("profile")) is not None:
            licence = _profile(name).licence
            if value != licence.id:
                raise ValueError(
                    f"the weights stand under {licence.id}, see {licence.url}. {licence.limits} "
                    f'Read it, and write acknowledge = "{licence.id}"'
                )
        return value

    @field_validator("compile")
    @classmethod
    def _compiled_once(cls, value: bool, info: ValidationInfo) -> bool:
        if value and (cache := info.data.get("cache", "none")) != "none":
            raise ValueError(f"compiled blocks cannot leave out work; leave it out, or cache = {cache!r}")
        if (name := info.data.get("profile")) is not None and value:
            chosen = info.data.get("adapters")
            if moves_of(_profile(name).adapters if chosen is None else chosen):
                raise ValueError(
                    "compiled blocks cannot change with the camera's adapters; leave it out, or take the "
                    "camera by words: adapters = []"
                )
        return value

    @field_validator("cache_threshold")
    @classmethod
    def _used(cls, value: float | None, info: ValidationInfo) -> float | None:
        cache = info.data.get("cache")
        if value is not None and cache is not None and cache not in WITH_THRESHOLD:
            raise ValueError(f"cache = {cache!r} has none; {either(WITH_THRESHOLD)} has one")
        return value

    @field_validator("cache")
    @classmethod
    def _taken(cls, value: Cache, info: ValidationInfo) -> Cache:
        if (name := info.data.get("profile")) is not None:
            profile = _profile(name)
            if value not in profile.caches.names:
                raise ValueError(f"{profile.title} takes {either(profile.caches.names)}")
        return value


def _profile(name: str) -> Profile:
    try:
        return load_profile(name)
    except InvalidSettings as error:
        # A ValueError is told with the line that it stands in.
        raise ValueError(str(error)) from error


def _build(name: str, *, settings: DiffusionSettings, tools: EngineTools) -> Engine:
    profile = load_profile(settings.profile)
    if settings.max_upscale is not None:
        delivery = profile.delivery.model_copy(update={"upscale": settings.max_upscale})
        profile = profile.model_copy(update={"delivery": delivery})
    if settings.adapters is not None:
        profile = profile.model_copy(update={"adapters": settings.adapters})
    own = (tools.data / "diffusion").absolute()
    setup = Setup.model_validate(
        {field: getattr(settings, field) for field in Setup.model_fields}
        | {"hub_cache": settings.hub_cache or own / "hub"}
    )
    return diffusion_engine(
        name=name,
        profile=profile,
        setup=setup,
        environment=_environment(settings, own=own, tools=tools),
        warm_limit=timedelta(minutes=settings.load_minutes),
        slots=settings.slots,
    )


def _environment(settings: DiffusionSettings, *, own: Path, tools: EngineTools) -> dict[str, str]:
    environment = {
        "HF_HOME": str(own),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # What is compiled is kept from one start to the next, by the compiler that systems have here.
        "TORCHINDUCTOR_CACHE_DIR": str(own / "compiled"),
        "TRITON_CACHE_DIR": str(own / "triton"),
        "PATH": "/usr/local/cuda/bin:/usr/local/bin:/usr/bin:/bin",
        # Clips of other sizes would else leave memory in pieces that none of them fits into.
        "PYTORCH_ALLOC_CONF": "expandable_segments:True",
    }
    if not settings.download:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if settings.hub_token_env is not None:
        environment["HF_TOKEN"] = tools.secret(settings.hub_token_env)
    return environment


DIFFUSION = EngineKind(
    settings=DiffusionSettings,
    build=_build,
    examples={
        name: {"profile": name, "acknowledge": load_profile(name).licence.id} for name in known_profiles()
    },
)
