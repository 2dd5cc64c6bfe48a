"""`kind = "diffusion"` in `filmgate.toml`: what it needs, and what it says where that is not there."""

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from filmgate.domain.errors import EngineFailed, InvalidSettings
from filmgate.domain.requests import Action, CameraMove, RemoteMedia
from filmgate.engines.diffusion.kind import DIFFUSION
from filmgate.engines.kind import EngineTools
from filmgate.kinds import load_engines
from filmgate.ports import Engine
from filmgate.settings import load_settings
from filmgate.testing.jobs import SPEC, a_request, running

_MEDIA = RemoteMedia(url="https://example.com/a")


def built(folder: Path, **table: Any) -> Engine:
    def secret(variable: str) -> str:
        raise InvalidSettings(f"{variable} is not set")

    tools = EngineTools(secret=secret, data=folder, max_download_bytes=1)
    return DIFFUSION.engine("wan", table=table, tools=tools)


def test_the_licence_has_to_be_acknowledged_by_its_name_and_its_limits_are_told(tmp_path: Path) -> None:
    config = tmp_path / "filmgate.toml"
    config.write_text(
        '[engines.hy]\nkind = "diffusion"\nprofile = "hunyuan-video-1.5"\nacknowledge = "yes"\n'
        '[[routes]]\nmodels = ["*"]\nengines = ["hy"]\n'
    )

    with pytest.raises(InvalidSettings) as refusal:
        load_engines(load_settings(config=config, data=tmp_path))

    told = str(refusal.value)
    assert "line 4: engines.hy.acknowledge: the weights stand under Tencent-Hunyuan-Community" in told
    assert "European Union" in told
    assert 'write acknowledge = "Tencent-Hunyuan-Community"' in told


def test_an_engine_whose_licence_nobody_acknowledged_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="acknowledge"):
        built(tmp_path, profile="wan2.2-ti2v-5b")


@pytest.mark.parametrize("backend", ["flash_hub", "_flash_3_hub", "sage_hub"])
def test_attention_that_is_fetched_from_the_hub_cannot_be_named(tmp_path: Path, backend: str) -> None:
    with pytest.raises(ValidationError, match="attention"):
        built(tmp_path, profile="wan2.2-ti2v-5b", acknowledge="Apache-2.0", attention=backend)


def test_the_operator_decides_how_far_frames_are_enlarged(tmp_path: Path) -> None:
    table = {"profile": "wan2.1-t2v-1.3b", "acknowledge": "Apache-2.0"}
    engines = [built(tmp_path, **table, **more) for more in ({}, {"max_upscale": 1.2}, {"max_upscale": 1.5})]

    objections = [[each.field for each in engine.objections(a_request(), SPEC)] for engine in engines]

    assert objections == [[], ["mode"], []]


def test_the_operator_names_adapters_in_place_of_the_profiles(tmp_path: Path) -> None:
    table = {"profile": "wan2.1-flf2v-14b", "acknowledge": "Apache-2.0"}
    left = {"weights": "/loras", "file": "left.safetensors", "move": "left"}
    asked = replace(
        a_request(),
        action=Action.IMAGE2VIDEO,
        end_image=_MEDIA,
        start_image=_MEDIA,
        camera=CameraMove(horizontal=-1),
    )

    engines = [built(tmp_path, **table, **more) for more in ({}, {"adapters": [left]})]

    objections = [[each.field for each in engine.objections(asked, SPEC)] for engine in engines]
    assert objections == [["camera_control"], []]


@pytest.mark.parametrize(
    ("adapter", "fault"),
    [
        ({"file": "left.bin"}, "file"),
        ({"file": "left.safetensors", "move": "sideways"}, "move"),
        ({"file": "left.safetensors", "strength": 0}, "strength"),
    ],
)
def test_a_mistake_in_an_adapter_is_named(tmp_path: Path, adapter: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=rf"adapters\.0\.{fault}"):
        built(
            tmp_path,
            profile="wan2.2-ti2v-5b",
            acknowledge="Apache-2.0",
            adapters=[{"weights": "/loras", **adapter}],
        )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"cache": "pab"}, "Wan 2.2 TI2V 5B takes none, first_block, taylorseer or mag"),
        ({"cache": "taylorseer", "compile": True}, "compiled blocks cannot leave out work"),
        (
            {"cache": "taylorseer", "cache_threshold": 0.1},
            "'taylorseer' has none; first_block or mag has one",
        ),
        ({"cache_threshold": 0.1}, "cache = 'none' has none"),
    ],
)
def test_a_cache_that_the_model_cannot_take_is_refused(
    tmp_path: Path, table: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        built(tmp_path, profile="wan2.2-ti2v-5b", acknowledge="Apache-2.0", **table)


def test_adapters_of_the_camera_and_compiled_blocks_exclude_each_other(tmp_path: Path) -> None:
    table = {"profile": "ltx-2-19b", "acknowledge": "LTX-2-Community", "compile": True}

    with pytest.raises(ValidationError, match="compiled blocks cannot change with the camera's adapters"):
        built(tmp_path, **table)

    assert built(tmp_path, **table, adapters=[])


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is here")
async def test_without_the_extra_it_can_be_configured_and_says_at_its_start_what_is_missing(
    tmp_path: Path,
) -> None:
    engine = built(tmp_path, profile="wan2.1-t2v-1.3b", acknowledge="Apache-2.0")

    with pytest.raises(
        EngineFailed, match=r"needs \w+, which is not installed: .* pip install -e '\.\[diffusion\]'"
    ):
        async with running(engine):
            pass


def test_what_a_server_imports_leaves_pytorch_alone() -> None:
    program = (
        "import sys\n"
        "import filmgate.app.whole, filmgate.kinds, filmgate.cli, filmgate.engines.diffusion.renderer\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'diffusers', 'transformers')))"
    )

    assert (
        subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )
