"""The form of the try-it page: what it tells at once, and what it shows of the call."""

import re
from datetime import UTC, datetime

import cv2
import httpx
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from filmgate.service.acquire import Acquire
from tests.browser.conftest import House
from tests.http.stage import HandWoundClock

_EMAIL = "hedy@example.com"


@pytest_asyncio.fixture(scope="session")
async def member(house: House) -> str:
    """The session of somebody who has acquired the service."""
    store = house.filmgate.store
    account = await store.people.register(_EMAIL, "no password fits", now=datetime.now(UTC))
    acquire = Acquire(credits=store.credits, clock=HandWoundClock(), free_millicredits=100_000)
    await acquire(account.account_id)
    return await _session(house)


@pytest_asyncio.fixture
async def page(window: BrowserContext, house: House, member: str) -> Page:
    """The form, with an answer to what is in it."""
    await _let_in(window, house, member)
    page = await window.new_page()
    await page.goto("/try")
    await expect(page.locator("#price")).not_to_be_empty()
    return page


async def _session(house: House) -> str:
    """Log the member in once more."""
    people = house.filmgate.store.people
    account = await people.account_named(_EMAIL)
    assert account is not None
    return await people.begin_session(
        account.account_id, browser="a test", address="127.0.0.1", now=datetime.now(UTC)
    )


async def _let_in(window: BrowserContext, house: House, session: str) -> None:
    await window.add_cookies([{"name": "filmgate_session", "value": session, "url": house.url}])


def _picture(width: int, height: int) -> FilePayload:
    written, png = cv2.imencode(".png", np.zeros((height, width, 3), np.uint8))
    assert written
    return {"name": "harbour.png", "mimeType": "image/png", "buffer": png.tobytes()}


async def test_fields_that_cannot_be_read_are_told_at_once_and_leave_no_outdated_code(page: Page) -> None:
    await page.get_by_text("More", exact=True).click()
    others, said = page.get_by_label("Other fields, as JSON"), page.locator('[data-trouble="rest"]')
    await expect(page.locator("#code")).to_contain_text("cinematic sunset")

    await others.fill('{"seed": 7')
    await expect(said).to_contain_text("This is not JSON yet")
    assert await page.locator("#code").is_hidden()
    assert await page.locator("#request").is_hidden()
    assert await page.get_by_role("button", name="Generate").is_disabled()
    await expect(page.locator("#no-code")).to_contain_text("are back once")
    await others.fill("[7]")
    await expect(said).to_contain_text("This is JSON, but no object")
    await others.fill('{"seed": 7}')

    await expect(said).to_be_hidden()
    await expect(page.locator("#code")).to_contain_text('"seed": 7')
    await expect(page.locator("#request")).to_contain_text('"seed": 7')
    await expect(page.get_by_role("button", name="Generate")).to_be_enabled()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}, "is not a JPEG, PNG or WebP"),
        (_picture(200, 200), "its short side must be at least 300"),
        (_picture(1200, 320), "its ratio must lie between 1:2.5 and 2.5:1"),
        (
            {"name": "a.png", "mimeType": "image/png", "buffer": bytes(11_000_000)},
            "First picture has 11,000,000 bytes; at most 10,485,760 are accepted.",
        ),
    ],
    ids=["no picture", "too small", "too long", "too large"],
)
async def test_a_picture_that_will_not_do_is_told_beside_it_before_there_is_a_prompt(
    page: Page, file: FilePayload, said: str
) -> None:
    await page.get_by_label("from a picture").check()
    beside = page.locator('[data-trouble="start_image_url"]')

    await page.locator("#start_image_url-file").set_input_files(file)

    await expect(beside).to_contain_text(said)
    await expect(beside).not_to_have_class(re.compile("wanted"))
    assert await page.get_by_label("Prompt").input_value() == ""
    await page.get_by_label("from text").check()
    await expect(page.get_by_role("button", name="Generate")).to_be_enabled()
    await page.get_by_label("from a picture").check()
    await expect(beside).to_contain_text(said)
    await page.locator("#start_image_url-file").set_input_files(_picture(960, 720))
    await expect(beside).to_be_hidden()


async def test_what_is_still_to_be_filled_in_is_asked_for_and_not_called_wrong(page: Page) -> None:
    asked = page.locator('[data-trouble="camera_control"]')

    await page.get_by_text("Camera", exact=True).click()
    await page.get_by_label("Move", exact=True).select_option("simple")

    await expect(asked).to_contain_text("Move one of the sliders")
    await expect(asked).to_have_class(re.compile("wanted"))
    await page.get_by_label("Closer or wider").fill("4")
    await expect(asked).to_be_hidden()
    await expect(page.locator("#request")).to_contain_text('"zoom": 4')


async def test_the_size_that_is_told_is_that_of_the_clip_to_come(page: Page) -> None:
    about = page.locator("#about")
    await expect(about).to_contain_text("1280×720, 30 frames/s")
    await page.get_by_label("Shape").select_option("9:16")
    await expect(about).to_contain_text("720×1280")
    await page.get_by_label("Shape").select_option("")

    await page.get_by_label("from a picture").check()
    await expect(about).to_contain_text("As the picture, 720 pixels on its short side")
    await page.locator("#start_image_url-file").set_input_files(_picture(600, 800))
    await expect(about).to_contain_text("720×960 as the picture")
    await page.get_by_label("Shape").select_option("1:1")
    await expect(about).to_contain_text("720×720, 30")
    await page.get_by_label("by extending one").check()

    await expect(about).to_contain_text("The size of its source")


async def test_a_session_that_ended_elsewhere_leads_to_log_in_and_back_to_the_draft(
    page: Page, window: BrowserContext, house: House, member: str
) -> None:
    await window.clear_cookies()

    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await expect(page.locator('[data-trouble="form"]')).to_contain_text("You are not logged in any more")
    assert await page.locator("#code").is_hidden()
    await page.get_by_role("link", name="Log in and come back").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await _let_in(window, house, member)
    await page.reload()

    await expect(page).to_have_url(f"{house.url}/try")
    await expect(page.get_by_label("Prompt")).to_have_value("a calm sea at dawn")


async def test_a_page_from_before_another_log_in_is_loaded_again_with_the_draft(
    page: Page, window: BrowserContext, house: House
) -> None:
    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await expect(page.locator("#code")).to_contain_text("a calm sea at dawn")
    await _let_in(window, house, await _session(house))

    await page.get_by_role("button", name="Generate").press("Enter")
    await page.get_by_role("link", name="Reload the page").wait_for()
    await expect(page.get_by_role("button", name="Generate")).to_be_focused()
    await page.get_by_role("link", name="Reload the page").click()

    await expect(page.get_by_label("Prompt")).to_have_value("a calm sea at dawn")
    await expect(page.locator("#price")).not_to_be_empty()


async def test_the_page_is_there_before_its_scripts_and_does_not_jump_when_they_come(page: Page) -> None:
    await page.route("**/*.js", lambda route: route.abort())

    await page.reload()

    await expect(page.locator("#about")).to_contain_text("1280×720, 30 frames/s")
    await expect(page.locator("#code")).to_contain_text("cinematic sunset")
    await expect(page.get_by_label("Seconds")).to_have_value("5")
    assert await page.get_by_label("First picture", exact=True).is_hidden()
    assert await page.get_by_role("button", name="Generate").is_disabled()
    painted = await page.evaluate("performance.getEntriesByName('first-contentful-paint').length")
    assert painted == 1


async def test_what_the_server_shows_first_is_what_the_script_makes_of_it(
    page: Page, window: BrowserContext, house: House, member: str
) -> None:
    async with httpx.AsyncClient(base_url=house.url, cookies={"filmgate_session": member}) as client:
        first = (await client.get("/try")).text

    shown = await page.locator("#code").inner_text()
    request = await page.locator("#request").inner_text()
    about = await page.locator("#about").inner_text()

    content = await window.new_page()
    await content.set_content(first)
    assert await content.locator("#code").text_content() == shown
    assert await content.locator("#request").text_content() == request
    assert await content.locator("#about").text_content() == about


async def test_a_video_whose_answer_was_lost_is_made_once_however_often_it_is_sent(page: Page) -> None:
    sent: list[str | None] = []

    async def lose(route: Route) -> None:
        sent.append(route.request.headers.get("idempotency-key"))
        await (route.continue_() if len(sent) > 1 else _lost(route))

    await page.route("**/try/run", lose)
    await page.get_by_label("Prompt").fill("a calm sea at noon")
    await expect(page.locator("#code")).to_contain_text("a calm sea at noon")

    await page.get_by_role("button", name="Generate").press("Enter")
    await expect(page.get_by_text("The server did not answer.")).to_be_visible()
    await page.get_by_role("button", name="Generate").press("Enter")

    await expect(page.locator("#clip")).to_be_visible()
    assert sent[0] == sent[1] is not None
    await page.goto("/tasks")
    await expect(page.get_by_text("a calm sea at noon", exact=True)).to_have_count(1)


async def _lost(route: Route) -> None:
    """Let the server take the request, and its answer get lost."""
    await route.fetch()
    await route.abort()
