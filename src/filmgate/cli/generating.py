"""`filmgate generate` and `filmgate extend`."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from shutil import which
from typing import Annotated, Any

import typer
from rich.console import Console

from filmgate.cli.arguments import camera_control, picture_url, sendable
from filmgate.cli.connection import connected
from filmgate.cli.display import shown
from filmgate.cli.filming import Film, film
from filmgate.cli.loop import run
from filmgate.cli.options import DataOption, KeyOption, OutputOption, ServerOption
from filmgate.cli.saving import save, wanted_path
from filmgate.cli.tables import print_table
from filmgate.settings import Settings, load_settings

ModelOption = Annotated[str | None, typer.Option("--model", help="The model; else the API's own default.")]
ModeOption = Annotated[str | None, typer.Option("--mode", metavar="std|pro|4k", help="The quality class.")]
NegativeOption = Annotated[str | None, typer.Option("--negative-prompt", help="What must not be seen.")]
ScaleOption = Annotated[
    float | None, typer.Option("--cfg-scale", help="How closely to follow the prompt, 0-1.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="The same request and seed, the same video.")]

PriceOption = Annotated[bool, typer.Option("--price", help="Only say what it would cost; nothing is made.")]
_PRICE_COLUMNS = ("item", "credits")


def generate(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the video shows.")],
    image: Annotated[
        str | None, typer.Option("--image", metavar="FILE|URL", help="The picture it starts with.")
    ] = None,
    end_image: Annotated[
        str | None, typer.Option("--end-image", metavar="FILE|URL", help="The picture it ends with.")
    ] = None,
    model: ModelOption = None,
    mode: ModeOption = None,
    duration: Annotated[int | None, typer.Option(help="Length in seconds.")] = None,
    aspect_ratio: Annotated[
        str | None, typer.Option("--aspect-ratio", metavar="16:9|9:16|1:1", help="Width to height.")
    ] = None,
    audio: Annotated[bool, typer.Option("--audio", help="With sound.")] = False,
    negative_prompt: NegativeOption = None,
    cfg_scale: ScaleOption = None,
    seed: SeedOption = None,
    camera: Annotated[
        str | None,
        typer.Option(metavar="MOVE", help='Camera axes, as "pan=5,zoom=-3", or the name of a preset.'),
    ] = None,
    output: OutputOption = None,
    price: PriceOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
    data: DataOption = None,
) -> None:
    """Make a video and save it.

    From a prompt, or from pictures and a prompt. The last line on stdout is the path of the saved file.
    Ctrl-C cancels the task on the server.
    """
    body = {
        "action": "text2video" if image is None and end_image is None else "image2video",
        "prompt": prompt,
        "start_image_url": picture_url(image, option="--image"),
        "end_image_url": picture_url(end_image, option="--end-image"),
        "model": model,
        "mode": mode,
        "duration": duration,
        "aspect_ratio": aspect_ratio,
        "generate_audio": audio or None,
        "negative_prompt": negative_prompt,
        "cfg_scale": cfg_scale,
        "seed": seed,
        "camera_control": camera_control(camera),
    }
    settings = load_settings(server=server, api_key=key, data=data)
    given = sendable(body)
    if price:
        _tell_price(settings, given)
        return
    _make(settings, given, wanted=wanted_path(output, prompt=prompt))


def extend(
    video_id: Annotated[str, typer.Argument(metavar="VIDEO_ID", help="The video_id of a finished video.")],
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What happens next.")] = "",
    model: ModelOption = None,
    duration: Annotated[int | None, typer.Option(help="Seconds to add.")] = None,
    negative_prompt: NegativeOption = None,
    cfg_scale: ScaleOption = None,
    seed: SeedOption = None,
    output: OutputOption = None,
    price: PriceOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
    data: DataOption = None,
) -> None:
    """Continue a finished video and save the whole.

    The last line on stdout is the path of the saved file. Ctrl-C cancels the task on the server.
    """
    body = {
        "action": "extend",
        "video_id": video_id,
        "prompt": prompt or None,
        "model": model,
        "duration": duration,
        "negative_prompt": negative_prompt,
        "cfg_scale": cfg_scale,
        "seed": seed,
    }
    settings = load_settings(server=server, api_key=key, data=data)
    given = sendable(body)
    if price:
        _tell_price(settings, given)
        return
    _make(settings, given, wanted=wanted_path(output, prompt=prompt or f"extended {video_id}"))


def _tell_price(settings: Settings, body: dict[str, Any]) -> None:
    async def asked() -> dict[str, Any]:
        async with connected(settings, renders=False) as client:
            return await client.price(body)

    answer = run(asked())
    _warn(str(each["message"]) for each in answer.get("warnings", ()))
    rows = [(str(each["item"]), str(each["credits"])) for each in answer["breakdown"]]
    print_table(_PRICE_COLUMNS, [*rows, ("in all", str(answer["credits"]))], cut="item")


def _make(settings: Settings, body: dict[str, Any], *, wanted: Path) -> None:
    console = Console(stderr=True)
    began = time.monotonic()

    async def make() -> tuple[Film, Path]:
        async with connected(settings, renders=True) as client:
            with shown(console) as show:
                made = await film(client, body, show=show)
            return made, await save(client, made.url, wanted)

    made, path = run(make())
    _warn(made.warnings)
    if path != wanted:
        typer.echo(f"{wanted} exists and was kept.", err=True)
    typer.echo(
        f"{float(made.duration):.1f} s of video in {time.monotonic() - began:.1f} s; "
        f'to continue it: {_program()} extend {made.video_id} "what happens next"',
        err=True,
    )
    typer.echo(path)


def _program() -> str:
    """Return what to type for this program: a virtual environment of `make` is on nobody's path."""
    if which("filmgate"):
        return "filmgate"
    typed = sys.argv[0]
    return "python -m filmgate" if typed.endswith("__main__.py") else typed


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        typer.echo(f"filmgate: warning: {warning}", err=True)
