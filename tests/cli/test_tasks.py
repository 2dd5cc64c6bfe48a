"""`filmgate tasks`, `filmgate task` and `filmgate cancel`, on a running server."""

import json

from tests.cli.conftest import Server
from tests.cli.terminal import Terminal


async def test_tasks_are_tabs_outside_a_terminal(server: Server, terminal: Terminal) -> None:
    await server.make("listed\ntwice\tover")

    outcome = await terminal.run("tasks", "--limit", "1")

    head, row = (line.split("\t") for line in outcome.out.splitlines())
    assert head == ["id", "state", "model", "seconds", "credits", "age", "prompt"]
    assert row[1:5] == ["succeed", "kling-v1", "5.041", "1.40"]
    assert row[6] == "listed twice over"


async def test_no_id_is_cut_in_a_narrow_terminal(server: Server, terminal: Terminal) -> None:
    newest = await server.make("a prompt that is longer than any terminal is wide, " * 10)

    said = await terminal.look("tasks", "--limit", "1")

    assert newest in said
    assert "…" in said


async def test_a_record_is_json(server: Server, terminal: Terminal) -> None:
    newest = await server.make("on record")

    outcome = await terminal.run("task", newest)

    record = json.loads(outcome.out)
    assert (record["id"], record["request"]["prompt"]) == (newest, "on record")


async def test_a_running_task_is_cancelled_once(server: Server, terminal: Terminal) -> None:
    scene = server.stage.scene("cancelled from elsewhere")
    running = await terminal.start("generate", "cancelled from elsewhere")
    await scene.begun.wait()
    newest = await server.newest()

    first = await terminal.run("cancel", newest)
    second = await terminal.run("cancel", newest)

    assert (first.code, first.out) == (0, f"Task {newest} is cancelled.\n")
    assert (second.code, second.err) == (1, f"filmgate: Task {newest} has already ended. (bad_request)\n")
    ended = await running.end()
    assert ended.code == 1
    assert "(cancelled)" in ended.err


async def test_cancelling_a_finished_task_keeps_its_video(server: Server, terminal: Terminal) -> None:
    newest = await server.make("worth keeping")

    outcome = await terminal.run("cancel", newest)

    assert outcome.code == 1
    assert "video_url" in (await server.ask("/kling/tasks", id=newest))["response"]


async def test_whole_records_are_listed_as_json(server: Server, terminal: Terminal) -> None:
    newest = await server.make("as json")

    outcome = await terminal.run("tasks", "--json", "--limit", "2")

    records = json.loads(outcome.out)
    assert [len(records), records[0]["id"], records[0]["engine"]] == [2, newest, "stage"]


async def test_an_unknown_task_is_told(terminal: Terminal) -> None:
    outcome = await terminal.run("task", "nothing")

    assert (outcome.code, outcome.err) == (1, "filmgate: There is no task nothing. (not_found)\n")
