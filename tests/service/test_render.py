"""Attempts: what they are given, what they leave behind, and how each of them ends."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from filmgate.domain.errors import EngineFailed, InvalidRequest, Objection
from filmgate.domain.tasks import Status
from filmgate.ports import TASK_ENDED, RenderedFile, RenderJob, RenderWatch
from tests.http.stage import CLIP, Stage
from tests.service.studio import Studio, a_picture, extending, from_picture
from tests.store.stock import A_MOMENT, NOW, take

URL = "http://pictures.example/sea.png"


class Scripted(Stage):
    """A stage whose attempts fail one after the other as written, before one succeeds."""

    def __init__(self, *faults: Exception) -> None:
        super().__init__()
        self._faults = list(faults)
        self.inputs: list[dict[str, bytes]] = []

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        self.inputs.append({name: path.read_bytes() for name, path in job.inputs.items()})
        if job.resume_token is None:
            await watch.save_resume_token("where I was")
        files = await super().render(job, watch)
        if self._faults:
            raise self._faults.pop(0)
        return files


async def test_a_finished_clip_is_stored_under_its_attempt_and_nothing_else_is_left(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working():
        task = await studio.ended(submitted.task_id)

    assert task.status is Status.SUCCEEDED
    assert studio.objects_of(task.task_id) == {"1/clip.mp4", "1/poster.jpg"}
    assert studio.scratch == []


async def test_a_failed_attempt_is_tried_again_with_its_token(studio: Studio) -> None:
    stage = Scripted(EngineFailed("The renderer crashed."))
    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working(engines={"stage": stage}):
        task = await studio.ended(submitted.task_id)

    assert (task.status, task.attempt) == (Status.SUCCEEDED, 2)
    assert [job.resume_token for job in stage.rendered] == [None, "where I was"]


async def test_the_last_failed_attempt_says_why_and_how_many_there_were(studio: Studio) -> None:
    caller = await studio.stock.caller(credits_left=1000)
    submitted = await studio.stock.submit(caller)
    faults = [EngineFailed("The renderer crashed."), EngineFailed("It crashed again.")]

    async with studio.working(engines={"stage": Scripted(*faults)}):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.failure.message) == (
        "api_error",
        "It crashed again; the task was tried 2 times.",
    )
    assert await studio.stock.balance(caller.account_id) == 1000


@pytest.mark.parametrize(
    "fault",
    [
        EngineFailed("The picture is too dark.", is_of_request=True),
        EngineFailed("The upstream tried it often enough.", is_for_good=True),
    ],
    ids=str,
)
async def test_what_would_fail_again_is_not_tried_again(studio: Studio, fault: EngineFailed) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller())
    stage = Scripted(fault)

    async with studio.working(engines={"stage": stage}):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.message, len(stage.rendered)) == (str(fault), 1)
    assert [each.reason for each in task.setbacks] == [str(fault)]


async def test_an_unusable_input_is_final(studio: Studio) -> None:
    refusal = InvalidRequest([Objection("prompt", None, "prompt cannot be drawn.")])
    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working(engines={"stage": Scripted(refusal)}):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.attempt) == ("bad_request", 1)


async def test_a_fault_of_ours_does_not_stop_the_worker(studio: Studio) -> None:
    stage = Scripted(ZeroDivisionError("a bug"), ZeroDivisionError("again"))
    caller = await studio.stock.caller()
    broken = await studio.stock.submit(caller)

    async with studio.working(engines={"stage": stage}):
        task = await studio.ended(broken.task_id)
        next_task = await studio.ended((await studio.stock.submit(caller)).task_id)

    assert task.failure is not None
    assert task.failure.message == "The task was tried 2 times, and no attempt came to an end."
    assert next_task.status is Status.SUCCEEDED


async def test_a_task_that_cannot_be_read_fails_and_the_worker_goes_on(studio: Studio) -> None:
    caller = await studio.stock.caller(credits_left=2000)
    broken = await studio.stock.submit(caller, callback_url="http://receiver.example")
    await studio.stock.database.fetch("""UPDATE task SET request = '{"action": "interpretive dance"}'""")

    async with studio.working():
        task = await studio.ended(broken.task_id)
        next_task = await studio.ended((await studio.stock.submit(caller)).task_id)

    assert task.failure is not None
    assert (task.failure.code, task.attempt) == ("api_error", 1)
    assert "cannot read" in task.failure.message
    assert next_task.status is Status.SUCCEEDED
    assert await studio.stock.balance(caller.account_id) == 1000
    assert await studio.stock.value("SELECT count(*) FROM delivery") == 1


async def test_the_log_tells_how_each_attempt_ended(studio: Studio) -> None:
    stage = Scripted(EngineFailed("The renderer crashed."))
    render = studio.render(engines={"stage": stage}, retry_after=timedelta(0))
    await studio.stock.submit(await studio.stock.caller())

    with capture_logs() as lines:
        for _ in range(2):
            await render(await take(studio.stock.queue))

    told = [line for line in lines if line["event"] == "attempt ended"]
    assert [(line["attempt"], line["outcome"], line["code"]) for line in told] == [
        (1, "to be tried again", "api_error"),
        (2, "succeeded", None),
    ]
    assert {line["engine"] for line in told} == {"stage"}
    assert all(line["seconds"] >= 0 for line in told)


async def test_nothing_that_was_fetched_for_a_cancelled_task_is_kept(studio: Studio) -> None:
    caller, scene = await studio.stock.caller(), studio.stage.scene("long")
    studio.pictures.files[URL] = a_picture()
    submitted = await studio.stock.submit(caller, request=from_picture(URL, prompt="long"))
    rendering = asyncio.create_task(studio.render()(await take(studio.stock.queue)))
    await scene.begun.wait()
    before = studio.objects_of(submitted.task_id)

    await studio.stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW)

    await asyncio.wait_for(rendering, 5)
    assert before == {"inputs/start_image"}
    assert studio.objects_of(submitted.task_id) == set()


async def test_a_task_over_its_time_limit_ends_as_timeout(studio: Studio) -> None:
    studio.stage.scene("for ever")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="for ever")

    async with studio.working(time_limit=A_MOMENT):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.attempt) == ("timeout", 1)
    assert task.failure.message == "The task exceeded its time limit of 0.05 s."
    assert studio.scratch == []


async def test_an_engine_is_told_whether_anybody_will_come_back_for_the_clip(studio: Studio) -> None:
    class Told(Stage):
        async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
            try:
                return await super().render(job, watch)
            except asyncio.CancelledError as stop:
                words.append(stop.args)
                raise

    words: list[tuple[object, ...]] = []
    stage = Told()
    scene = stage.scene("for ever")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="for ever")

    async with studio.working(engines={"stage": stage}):
        await scene.begun.wait()
    # Long enough for the engine to be given the job on a machine with much else to do.
    async with studio.working(engines={"stage": stage}, time_limit=timedelta(seconds=1)):
        await studio.ended(submitted.task_id)

    assert words == [(), (TASK_ENDED,)]


async def test_an_engine_that_makes_no_clip_has_failed(studio: Studio) -> None:
    class Empty(Stage):
        async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
            return (await super().render(job, watch))[1:]

    submitted = await studio.stock.submit(await studio.stock.caller())

    async with studio.working(engines={"stage": Empty()}):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert task.failure.message == ("The engine made 0 clips instead of one; the task was tried 2 times.")


async def test_a_cancelled_task_stops_its_engine_and_leaves_no_files(studio: Studio) -> None:
    caller, scene = await studio.stock.caller(), studio.stage.scene("long")
    submitted = await studio.stock.submit(caller, prompt="long")
    claim = await take(studio.stock.queue)
    rendering = asyncio.create_task(studio.render()(claim))
    await scene.begun.wait()

    await studio.stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW)

    await asyncio.wait_for(rendering, 5)
    assert studio.scratch == []
    assert studio.objects_of(submitted.task_id) == set()


async def test_a_late_attempt_leaves_the_newer_ones_files_alone(studio: Studio) -> None:
    scene = studio.stage.scene("slow")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="slow")
    late = asyncio.create_task(
        studio.render(progress_every=timedelta(hours=1))(await take(studio.stock.queue))
    )
    await scene.begun.wait()
    await studio.stock.database.fetch("UPDATE pgqueuer SET heartbeat = now() - interval '1 hour'")
    newer = await take(studio.stock.worker(lost_after=A_MOMENT))
    quick = asyncio.create_task(studio.render(engines={"stage": Stage()})(newer))

    await asyncio.gather(quick, late)

    task = await studio.stock.known(submitted.task_id)
    assert (task.status, task.attempt) == (Status.SUCCEEDED, 2)
    assert studio.objects_of(submitted.task_id) == {"2/clip.mp4", "2/poster.jpg"}


async def test_a_remote_picture_is_fetched_once_for_all_attempts(studio: Studio) -> None:
    stage, picture = Scripted(EngineFailed("The renderer crashed.")), a_picture()
    studio.pictures.files[URL] = picture
    submitted = await studio.stock.submit(await studio.stock.caller(), request=from_picture(URL))

    async with studio.working(engines={"stage": stage}):
        task = await studio.ended(submitted.task_id)

    assert task.status is Status.SUCCEEDED
    assert stage.inputs == [{"start_image": picture}] * 2
    assert studio.pictures.fetched == [URL]


async def test_a_picture_that_does_not_fit_fails_the_task_by_its_field(studio: Studio) -> None:
    studio.pictures.files[URL] = a_picture(200, 200)
    submitted = await studio.stock.submit(await studio.stock.caller(), request=from_picture(URL))

    async with studio.working():
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert task.failure.code == "bad_request"
    assert "start_image_url" in task.failure.message
    assert studio.stage.rendered == []


async def test_a_continuation_is_given_its_sources_clip(studio: Studio) -> None:
    caller, stage = await studio.stock.caller(), Scripted()
    source = await studio.stock.submit(caller)
    async with studio.working(engines={"stage": stage}):
        video_id = (await studio.ended(source.task_id)).video_id
        assert video_id is not None
        more = await studio.stock.submit(caller, request=extending(video_id), extends=source.task_id)
        task = await studio.ended(more.task_id)

    assert task.status is Status.SUCCEEDED
    assert stage.inputs[-1] == {"source_clip": CLIP}


async def test_a_continuation_of_a_deleted_video_says_so(studio: Studio) -> None:
    caller = await studio.stock.caller()
    source = await studio.stock.submit(caller)
    async with studio.working():
        video_id = (await studio.ended(source.task_id)).video_id
        assert video_id is not None
        await studio.objects.delete_all(f"tasks/{source.task_id}")
        more = await studio.stock.submit(caller, request=extending(video_id), extends=source.task_id)
        task = await studio.ended(more.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.failure.message) == (
        "bad_request",
        "video_id names a video that was deleted while this task waited.",
    )


async def test_progress_is_published_and_never_a_hundred_before_the_end(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")

    async with studio.working():
        await scene.begun.wait()
        await scene.progress(1.0)
        await studio.stock.until("SELECT progress >= 99 FROM task")
        running = await studio.stock.known(submitted.task_id)
        scene.finish()
        task = await studio.ended(submitted.task_id)

    assert (running.status, running.progress) == (Status.RUNNING, 99)
    assert (task.status, task.progress) == (Status.SUCCEEDED, 100)


async def test_a_clip_is_not_thrown_away_because_the_storage_blinks(studio: Studio) -> None:
    scene = studio.stage.scene("long")
    submitted = await studio.stock.submit(await studio.stock.caller(), prompt="long")
    async with studio.working():
        await scene.begun.wait()
        folder = studio.root / "objects"
        folder.rename(folder.with_name("unmounted"))
        folder.touch()
        scene.finish()
        await asyncio.sleep(0.1)
        folder.unlink()
        folder.with_name("unmounted").rename(folder)
        task = await studio.ended(submitted.task_id)

    assert (task.status, task.attempt) == (Status.SUCCEEDED, 1)
    assert len(studio.stage.rendered) == 1
