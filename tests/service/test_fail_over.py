"""Jobs that an engine does not take: the next engine of the route has them, or they wait for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from filmgate.domain.errors import EngineFailed, NotAccepted, OutcomeUnknown, PolicyRefusal
from filmgate.domain.tasks import Status
from filmgate.ports import RenderedFile, RenderJob, RenderWatch
from tests.http.stage import Stage
from tests.service.rounds import FULL, Saying, attempt, by_name, never, serve
from tests.service.studio import Studio, extending


async def test_a_job_that_is_not_taken_is_made_by_the_next_engine(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="full")

    async with studio.working(engines=by_name(never("full"), Stage("free"))):
        task = await studio.ended(submitted.task_id)

    [setback] = task.setbacks
    assert (task.status, task.engine, task.tries) == (Status.SUCCEEDED, "free", 1)
    assert (setback.engine, setback.attempt, setback.reason) == ("full", 1, FULL)
    assert setback.upstream is not None
    assert setback.upstream.code == "1303"


async def test_the_next_engine_is_not_given_the_token_of_the_last_one(studio: Studio) -> None:
    free = Stage("free")
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="full")

    async with studio.working(engines=by_name(Saying("full", NotAccepted(FULL), token="order 1"), free)):
        await studio.ended(submitted.task_id)

    assert [job.resume_token for job in free.rendered] == [None]


async def test_a_job_that_broke_stays_with_its_engine(studio: Studio) -> None:
    weak = Saying("weak", EngineFailed("It broke."))
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="weak")

    async with studio.working(engines=by_name(weak, Stage("other"))):
        task = await studio.ended(submitted.task_id)

    assert (task.engine, task.tries, len(weak.rendered)) == ("weak", 2, 2)
    assert [setback.reason for setback in task.setbacks] == ["It broke."]


async def test_an_engine_that_cannot_honour_the_request_is_passed_over(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="full", prompt="impossible")
    full, unable, able = never("full"), Stage("unable"), Stage("able")
    able.objections = lambda request, spec: ()  # type: ignore[method-assign]

    async with studio.working(engines=by_name(full, unable, able)):
        task = await studio.ended(submitted.task_id)

    assert (task.engine, unable.rendered) == ("able", [])


async def test_a_healthy_engine_goes_before_an_ailing_one(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="full")
    await serve(studio, "full", "ailing", "well", ailing="It does not answer.")
    engines = by_name(never("full"), Stage("ailing"), Stage("well"))

    task = await attempt(studio, studio.render(engines=engines), "full")

    assert (task.status, task.engine) == (Status.WAITING, "well")


async def test_a_task_that_all_refuse_waits_longer_and_longer_and_fails_in_the_end(studio: Studio) -> None:
    caller = await studio.stock.caller(credits_left=1000)
    await studio.stock.submit(caller, engine="first")
    await serve(studio, "first", "second")
    render = studio.render(engines=by_name(never("first"), never("second")), retry_after=timedelta(0))

    asked = [await attempt(studio, render, name) for name in ("first", "second", "first")]
    studio.clock.advance(timedelta(minutes=2))
    task = await attempt(studio, render, "second")

    assert [(each.engine, each.refused_by) for each in asked] == [
        ("second", ("first",)),
        ("first", ()),
        ("second", ("first",)),
    ]
    assert all(each.tries == 0 for each in asked)
    assert task.failure is not None
    assert (task.failure.code, task.failure.message) == ("api_error", FULL)
    assert await studio.stock.balance(caller.account_id) == 1000


async def test_between_two_rounds_a_task_waits_as_long_as_it_has_waited_so_far(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="only")
    await serve(studio, "only")
    render = studio.render(engines=by_name(never("only")), retry_after=timedelta(0))
    await attempt(studio, render, "only")

    studio.clock.advance(timedelta(seconds=40))
    await attempt(studio, render, "only")

    delay = await studio.stock.value("SELECT execute_after - updated FROM pgqueuer")
    assert timedelta(seconds=40) <= delay < timedelta(seconds=60)


async def test_a_task_that_was_taken_begins_its_wait_anew(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="only")
    await serve(studio, "only")
    only = Saying("only", NotAccepted(FULL), EngineFailed("It broke."))
    render = studio.render(engines=by_name(only), retry_after=timedelta(0))
    refused = await attempt(studio, render, "only")

    only._token = "order 1"
    taken = await attempt(studio, render, "only")

    assert refused.refused_since is not None
    assert (taken.refused_since, taken.resume_token) == (None, "order 1")


async def test_a_refusal_for_good_ends_the_task_where_no_other_engine_could_have_it(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="only")
    await serve(studio, "only")
    refusing = Saying("only", NotAccepted("This model was retired.", is_for_good=True))

    task = await attempt(studio, studio.render(engines=by_name(refusing)), "only")

    assert task.failure is not None
    assert task.failure.message == "This model was retired."


async def test_a_task_that_every_able_engine_has_refused_for_good_ends(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="first")
    await serve(studio, "first", "second")
    first = Saying("first", NotAccepted("This model was retired.", is_for_good=True))
    second = Saying("second", NotAccepted("It takes no such picture.", is_of_request=True))
    render = studio.render(engines=by_name(first, second))
    passed_on = await attempt(studio, render, "first")

    ended = await attempt(studio, render, "second")

    assert (passed_on.status, passed_on.engine) == (Status.WAITING, "second")
    assert ended.failure is not None
    assert ended.failure.message == "It takes no such picture."


async def test_an_engine_that_refused_for_good_is_not_asked_again_while_another_may_have_room(
    studio: Studio,
) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="first")
    await serve(studio, "first", "second")
    first = Saying("first", NotAccepted("This model was retired.", is_for_good=True))
    render = studio.render(engines=by_name(first, never("second")))
    await attempt(studio, render, "first")

    engines = [(await attempt(studio, render, "second")).engine for _ in range(3)]

    assert (engines, len(first.rendered)) == (["second"] * 3, 1)


async def test_a_refusal_for_good_waits_for_an_engine_that_nobody_serves_yet(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="first")
    await serve(studio, "first")
    refusing = Saying("first", NotAccepted("This model was retired.", is_for_good=True))

    task = await attempt(studio, studio.render(engines=by_name(refusing, Stage("later"))), "first")

    assert task.status is Status.WAITING


async def test_a_token_kept_before_an_order_is_refused_does_not_begin_the_wait_anew(studio: Studio) -> None:
    await studio.stock.submit(await studio.stock.caller(), engine="only")
    await serve(studio, "only")
    only = Saying("only", *[NotAccepted(FULL)] * 2, token="about to order")
    render = studio.render(engines=by_name(only), retry_after=timedelta(0))
    first = await attempt(studio, render, "only")

    studio.clock.advance(timedelta(seconds=40))
    second = await attempt(studio, render, "only")

    assert first.refused_since == second.refused_since is not None
    assert second.resume_token is None


async def test_an_unknown_outcome_is_final_and_never_ordered_again(studio: Studio) -> None:
    caller = await studio.stock.caller(credits_left=1000)
    submitted = await studio.stock.submit(caller, engine="lost")
    lost = Saying("lost", OutcomeUnknown().quoting("", "the create timed out"))

    async with studio.working(engines=by_name(lost, Stage("other"))):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.failure.message) == ("api_error", "outcome unknown")
    assert (task.failure.is_outcome_unknown, task.attempt, len(lost.rendered)) == (True, 1, 1)
    assert [each.upstream and each.upstream.message for each in task.setbacks] == ["the create timed out"]
    assert await studio.stock.balance(caller.account_id) == 1000


async def test_an_upstreams_policy_is_final(studio: Studio) -> None:
    submitted = await studio.stock.submit(await studio.stock.caller(), engine="strict")
    refusal = PolicyRefusal("The prompt is refused by the upstream's content policy.")

    async with studio.working(engines=by_name(Saying("strict", refusal), Stage("other"))):
        task = await studio.ended(submitted.task_id)

    assert task.failure is not None
    assert (task.failure.code, task.attempt) == ("forbidden", 1)


@pytest.mark.parametrize(
    ("factor", "settled"), [(Fraction(1, 2), 700), (Fraction(1), 1000), (Fraction(3), 1000)]
)
async def test_what_is_settled_is_the_price_on_the_engine_that_made_it_and_never_more_than_reserved(
    studio: Studio, factor: Fraction, settled: int
) -> None:
    caller = await studio.stock.caller(credits_left=5000)
    await studio.stock.submit(caller, engine="free")
    render = studio.render(engines=by_name(Stage("free")), factors={"free": factor})

    task = await attempt(studio, render, "free")

    assert (task.reserved, task.settled) == (1000, settled)
    assert await studio.stock.balance(caller.account_id) == 5000 - settled


async def test_how_the_clip_came_about_is_kept_with_the_task(studio: Studio) -> None:
    class Telling(Stage):
        async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
            clip, poster = await super().render(job, watch)
            return [replace(clip, making={"rendered": "832x480 at 16", "seconds": {"denoise": 3.5}}), poster]

    await studio.stock.submit(await studio.stock.caller())

    task = await attempt(studio, studio.render(engines=by_name(Telling())), "stage")

    assert task.making == {"rendered": "832x480 at 16", "seconds": {"denoise": 3.5}}


async def test_a_continuation_is_given_what_its_own_engine_kept_of_the_source(studio: Studio) -> None:
    caller, first, second = await studio.stock.caller(), Saying("first", token="video 9"), Stage("second")
    source = await studio.stock.submit(caller, engine="first")
    async with studio.working(engines=by_name(first, second)):
        video_id = (await studio.ended(source.task_id)).video_id
        assert video_id is not None
        for name in ("first", "second"):
            more = await studio.stock.submit(
                caller, request=extending(video_id, prompt=name), extends=source.task_id, engine=name
            )
            await studio.ended(more.task_id)

    assert first.rendered[-1].source_token == "video 9"
    assert second.rendered[-1].source_token is None


async def test_an_engine_that_refuses_everything_is_left_alone_until_its_pause_is_over(
    studio: Studio,
) -> None:
    caller, down = await studio.stock.caller(), Saying("down", *[NotAccepted("Connection refused.")] * 2)
    for _ in range(4):
        await studio.stock.submit(caller, engine="down")
    await serve(studio, "down", "other")
    health = studio.health(failures=2, first_pause=timedelta(minutes=1))
    render = studio.render(engines=by_name(down, Stage("other")), health=health)

    tasks = [await attempt(studio, render, "down") for _ in range(3)]
    n_asked, ailing = len(down.rendered), health.ailing()
    studio.clock.advance(timedelta(minutes=1))
    last = await attempt(studio, render, "down")

    assert [(task.engine, task.tries) for task in tasks] == [("other", 0)] * 3
    assert (n_asked, ailing) == (2, {"down": "Connection refused."})
    assert (last.status, last.engine, health.ailing()) == (Status.SUCCEEDED, "down", {})


async def test_tasks_of_the_only_engine_wait_for_the_end_of_its_pause(studio: Studio) -> None:
    caller = await studio.stock.caller()
    for _ in range(2):
        await studio.stock.submit(caller, engine="down")
    await serve(studio, "down")
    health = studio.health(failures=1, first_pause=timedelta(seconds=30))
    render = studio.render(engines=by_name(never("down")), health=health)
    await attempt(studio, render, "down")

    waiting = await attempt(studio, render, "down")

    delay = await studio.stock.value(
        "SELECT execute_after - updated FROM pgqueuer WHERE dedupe_key = $1", f"render:{waiting.task_id}"
    )
    assert (waiting.status, waiting.tries) == (Status.WAITING, 0)
    assert timedelta(seconds=29) < delay <= timedelta(seconds=30)


async def test_what_was_ordered_waits_for_its_engine_and_keeps_its_token(studio: Studio) -> None:
    stage = Saying("ordering", EngineFailed("The clip broke off."), token="order 1")
    free, caller = Stage("free"), await studio.stock.caller()
    await studio.stock.submit(caller, engine="ordering")
    await serve(studio, "ordering", "free")
    health = studio.health(failures=1, first_pause=timedelta(seconds=30))
    render = studio.render(engines=by_name(stage, free), health=health)
    await attempt(studio, render, "ordering")

    resting = await attempt(studio, render, "ordering")

    assert (resting.status, resting.engine, resting.resume_token) == (Status.WAITING, "ordering", "order 1")
    assert resting.tries == 1
    assert free.rendered == []
