"""A film through the whole API, of an engine that stands in `filmgate.toml`."""

import asyncio
from pathlib import Path

import httpx

from filmgate.app.whole import open_filmgate
from filmgate.settings import Settings
from tests.diffusion.conftest import Checkpoint

_FILE = """
[engines.wan]
kind = "diffusion"
profile = "{profile}"
acknowledge = "Apache-2.0"
device = "cpu"
threads = 1
checkpoint = "{checkpoint}"
max_upscale = 40
cache = "first_block"

[[routes]]
models = ["*"]
engines = ["wan"]
"""


async def test_a_clip_is_ordered_filmed_and_downloaded_and_its_record_says_how_it_came_about(
    checkpoint: Checkpoint, tmp_path: Path, database_url: str
) -> None:
    config = tmp_path / "filmgate.toml"
    profile = Path(__file__).parent / "tiny-wan.toml"
    config.write_text(_FILE.format(profile=profile, checkpoint=checkpoint("wan2.1-t2v-1.3b")))
    settings = Settings.model_validate({"database_url": database_url, "data": tmp_path, "config": config})
    async with open_filmgate(settings) as filmgate:
        worker = asyncio.create_task(filmgate.work())
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(filmgate.http),
            base_url="http://films.example",
            headers={"authorization": f"Bearer {filmgate.local_key}"},
            timeout=120,
        )
        try:
            body = {"prompt": "a quiet sea", "model": "kling-v1", "duration": 5, "seed": 11, "cfg_scale": 0.8}
            made = (await client.post("/kling/videos", json=body)).raise_for_status().json()
            record = (await client.post("/kling/tasks", json={"id": made["task_id"]})).json()
            refused = await client.post("/kling/videos", json=body | {"duration": 10})
        finally:
            await client.aclose()
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    assert record["data"]["progress"] == 100, record
    making = record["making"]
    assert making["rendered"] == {"width": 64, "height": 32, "fps": 8, "windows": [41], "repeated": [0]}
    assert making["interpolated"] == {"from_fps": 8, "to_fps": 30, "by": "optical flow"}
    assert making["upscaled"] == {"factor": 22.5, "by": "cubic filter"}
    assert making["trimmed"] == {"width": 1280, "height": 720, "frames": 150}
    assert (making["checkpoint"], making["cache"]) == ("wan2.1-t2v-1.3b", "first_block")
    assert (making["seed"], making["guidance"]) == (11, 7.4)
    assert making["seconds_per_step"] > 0
    assert set(making["seconds"]) == {"until_first_step", "further_steps", "decode", "finish"}
    assert making["peak_memory_mib"] > 0
    assert refused.status_code == 400
    assert "api_not_implemented" in refused.text
    assert "duration 10 of kling-v1 cannot be honoured by this engine" in refused.text
