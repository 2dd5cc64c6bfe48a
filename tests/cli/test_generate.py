"""`filmgate generate` and `filmgate extend`, as processes, on a running server."""

import asyncio
import signal

from PIL import Image

from filmgate.announcement import running_url
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal
from tests.http.stage import CLIP


async def test_a_video_is_saved_and_its_path_is_all_that_stdout_has(terminal: Terminal) -> None:
    outcome = await terminal.run("generate", "a calm harbour")

    assert (outcome.code, outcome.out) == (0, "a-calm-harbour.mp4\n")
    assert (terminal.folder / "a-calm-harbour.mp4").read_bytes() == CLIP
    assert "5.0 s of video" in outcome.err
    assert "\x1b" not in outcome.err


async def test_two_videos_of_one_name_are_both_kept(terminal: Terminal) -> None:
    (terminal.folder / "film.mp4").write_text("precious")

    first, second = await asyncio.gather(
        *(terminal.run("generate", prompt, "-o", "film.mp4") for prompt in ("one", "two"))
    )

    assert {first.last_line, second.last_line} == {"film-2.mp4", "film-3.mp4"}
    assert "film.mp4 exists and was kept." in first.err
    assert (terminal.folder / "film.mp4").read_text() == "precious"


async def test_every_option_reaches_the_engine(server: Server, terminal: Terminal) -> None:
    Image.new("RGB", (640, 360)).save(terminal.folder / "first.png")
    words = "--image first.png --model kling-v3 --mode pro --duration 7 --aspect-ratio 1:1 --audio"
    more = "--negative-prompt fog --cfg-scale 0.7 --seed 42 --camera pan=5,zoom=-3"

    outcome = await terminal.run("generate", "every option", *words.split(), *more.split())

    assert outcome.code == 0, outcome.err
    job = next(job for job in server.stage.rendered if job.request.prompt == "every option")
    request = job.request
    assert (request.model, request.mode, request.duration, job.seed) == ("kling-v3", "pro", 7, 42)
    assert (request.aspect_ratio, request.generate_audio, request.cfg_scale) == ("1:1", True, 0.7)
    assert request.negative_prompt == "fog"
    assert request.camera is not None
    assert (request.camera.pan, request.camera.zoom) == (0.5, -0.3)
    assert list(job.inputs) == ["start_image"]


async def test_a_video_is_continued(server: Server, terminal: Terminal) -> None:
    made = await terminal.run("generate", "the first part")
    video_id = made.err.split("filmgate extend ")[1].split()[0]

    outcome = await terminal.run("extend", video_id, "the second part", "-o", "both.mp4")

    assert (outcome.code, outcome.out) == (0, "both.mp4\n")
    job = next(job for job in server.stage.rendered if job.request.prompt == "the second part")
    assert job.request.video_id == video_id


async def test_progress_is_plain_outside_a_terminal(server: Server, terminal: Terminal) -> None:
    scene = server.stage.scene("watched from afar")
    running = await terminal.start("generate", "watched from afar")
    await scene.begun.wait()

    await scene.progress(0.5)

    assert await running.says("50 %") == "filming, 50 %\n"
    scene.finish()
    assert (await running.end()).code == 0


async def test_progress_is_a_bar_in_a_terminal(server: Server, terminal: Terminal) -> None:
    scene = server.stage.scene("watched closely")
    looking = asyncio.create_task(terminal.look("generate", "watched closely", once="50%", then=scene.finish))
    await scene.begun.wait()
    await scene.progress(0.5)

    said = await looking

    assert "filming" in said
    assert "━" in said
    assert said.endswith("watched-closely.mp4\r\n")


async def test_a_refusal_ends_with_one_and_leaves_no_file(terminal: Terminal) -> None:
    outcome = await terminal.run("generate", "x", "--duration", "99")

    assert (outcome.code, outcome.out) == (1, "")
    assert (
        outcome.err
        == "filmgate: duration 99 is not supported by kling-v1; it accepts 5 or 10. (bad_request)\n"
    )
    assert list(terminal.folder.iterdir()) == []


async def test_ctrl_c_cancels_the_task_on_the_server(server: Server, terminal: Terminal) -> None:
    scene = server.stage.scene("too long")
    running = await terminal.start("generate", "too long")
    await scene.begun.wait()

    outcome = await running.end(signal.SIGINT)

    assert (outcome.code, outcome.out) == (130, "")
    assert "is cancelled." in outcome.err
    assert "Traceback" not in outcome.err
    record = await server.ask("/kling/tasks", id=await server.newest())
    assert (record["request"]["prompt"], record["response"]["error"]["code"]) == ("too long", "cancelled")


async def test_a_cancelled_prompt_can_be_asked_for_again(server: Server, terminal: Terminal) -> None:
    scene = server.stage.scene("on second thoughts")
    running = await terminal.start("generate", "on second thoughts")
    await scene.begun.wait()
    await running.end(signal.SIGINT)

    scene.finish()
    outcome = await terminal.run("generate", "on second thoughts")

    assert outcome.code == 0, outcome.err


async def test_a_server_that_is_away_has_an_exit_code_of_its_own(terminal: Terminal) -> None:
    outcome = await terminal.run("generate", "x", "--server", "http://127.0.0.1:9", "--key", "k")

    assert outcome.code == 3
    assert outcome.err == (
        "filmgate: The server at http://127.0.0.1:9 does not answer: All connection attempts failed.\n"
    )


async def test_an_engine_that_cannot_start_ends_the_call(resting: Terminal) -> None:
    config = resting.folder / "engines.toml"
    config.write_text(config.read_text().replace("ScriptedRenderer", "NoSuchRenderer"))

    outcome = await resting.run("generate", "never")

    assert outcome.code == 1
    assert "NoSuchRenderer" in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err.splitlines()[-1]


async def test_without_a_server_one_is_started_for_the_call(lonely: Terminal) -> None:
    outcome = await lonely.run("generate", "script: steps=1", "-o", "own.mp4")

    assert (outcome.code, outcome.last_line) == (0, "own.mp4"), outcome.err
    assert outcome.err.startswith(f"No server runs on {lonely.folder / 'own'}; starting one for this call.\n")
    assert (lonely.folder / "own.mp4").read_bytes()[4:8] == b"ftyp"
    assert running_url(lonely.folder / "own") is None
