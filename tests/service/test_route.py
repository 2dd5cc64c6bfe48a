"""Which engine a request goes to: the first that can honour it, is served, and is well."""

import pytest

from filmgate.domain.errors import NotImplementedByEngine
from filmgate.domain.requests import GenerationRequest
from filmgate.kinds import load_default_catalog
from filmgate.ports import Engine
from tests.http.stage import Stage
from tests.service.studio import Studio, extending
from tests.store.stock import a_request


class OnlyItsOwn(Stage):
    """A stage that extends only what it made."""

    continues_only_its_own = True


def _staged(*stages: Stage) -> dict[str, Engine]:
    return {stage.name: stage for stage in stages}


async def _choose(
    studio: Studio,
    request: GenerationRequest,
    engines: dict[str, Engine],
    *,
    source_engine: str | None = None,
) -> str:
    spec = load_default_catalog().spec(request.model, request.mode)
    return await studio.router(engines).choose(request, spec, source_engine=source_engine)


@pytest.mark.parametrize(
    ("served", "ailing", "chosen"),
    [
        (["a", "b"], {}, "a"),
        (["b"], {}, "b"),
        (["a", "b"], {"a": "It is down."}, "b"),
        (["a", "b"], {"a": "It is down.", "b": "It is too."}, "a"),
        ([], {}, "a"),
    ],
    ids=["in order", "served before not served", "well before ailing", "all ail", "none is served"],
)
async def test_a_request_goes_to_the_first_able_engine_that_is_served_and_well(
    studio: Studio, served: list[str], ailing: dict[str, str], chosen: str
) -> None:
    await studio.stock.worker().heartbeat([], engines=served, ailing=ailing)

    assert await _choose(studio, a_request("a quiet sea"), _staged(Stage("a"), Stage("b"))) == chosen


async def test_an_engine_is_well_where_one_worker_finds_it_well(studio: Studio) -> None:
    await studio.stock.worker().heartbeat([], engines=["a", "b"], ailing={"a": "It is down."})
    await studio.stock.worker().heartbeat([], engines=["a"])

    assert await _choose(studio, a_request("a quiet sea"), _staged(Stage("a"), Stage("b"))) == "a"
    assert await studio.stock.queue.live_engines() == {"a": None, "b": None}


async def test_what_no_engine_can_honour_is_refused_with_what_each_says(studio: Studio) -> None:
    with pytest.raises(NotImplementedByEngine) as refusal:
        await _choose(studio, a_request("impossible"), _staged(Stage("a"), Stage("b")))

    assert [objection.field for objection in refusal.value.objections] == ["prompt", "prompt"]


async def test_an_extend_goes_only_where_its_source_can_be_continued(studio: Studio) -> None:
    request, engines = extending("9"), _staged(OnlyItsOwn("own"), Stage("any"))

    assert await _choose(studio, request, engines, source_engine="own") == "own"
    assert await _choose(studio, request, engines, source_engine="any") == "any"


async def test_an_extend_that_nobody_can_continue_names_its_video(studio: Studio) -> None:
    with pytest.raises(NotImplementedByEngine, match='video_id "9" was not made by the engine own'):
        await _choose(studio, extending("9"), _staged(OnlyItsOwn("own")), source_engine="any")
