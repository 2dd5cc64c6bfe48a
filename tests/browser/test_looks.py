"""Every page: readable by everybody, light, and in no width wider than its window."""

import re
from datetime import UTC, datetime
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import House
from tests.browser.moves import acquire, register

_OUTSIDE = ("/", "/log-in", "/register", "/docs", "/no-such-page")
_OPERATORS = ("/operator", "/operator/accounts", "/operator/failures", "/operator/storage")
_INSIDE = (
    "/",
    "/try",
    "/try?action=extend",
    "/try?action=image2video",
    "/tasks",
    "/keys",
    "/usage",
    "/inbox",
    "/account",
)
_MOST_BYTES = 100_000
_BYTES_LOADED = """
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .reduce((sum, each) => sum + each.decodedBodySize, 0)
"""
_GRAVE = ("serious", "critical")


async def _faults(page: Page) -> list[str]:
    """Return what axe finds that keeps people out, by rule and place."""
    found = await Axe().run(page)
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found.response["violations"]
        if each["impact"] in _GRAVE
    ]


async def _is_too_wide(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_anybody_can_read_every_page(
    chromium: Browser, house: House, scheme: Literal["light", "dark"]
) -> None:
    window = await chromium.new_context(
        base_url=house.url, viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    page = await window.new_page()
    faults: dict[str, object] = {}

    for path in _OUTSIDE:
        await page.goto(path)
        faults[path] = await _faults(page), await _is_too_wide(page)
    await register(page)
    await acquire(page)
    for path in _INSIDE:
        await page.goto(path)
        faults[f"{path} inside"] = await _faults(page), await _is_too_wide(page)

    await window.close()
    assert {path: fault for path, fault in faults.items() if fault != ([], False)} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_operator_can_read_every_page(
    chromium: Browser, house: House, scheme: Literal["light", "dark"]
) -> None:
    store = house.filmgate.store
    secret = await store.people.begin_session(
        store.operator_id, browser="a test", address="127.0.0.1", now=datetime.now(UTC)
    )
    window = await chromium.new_context(
        base_url=house.url, viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    await window.add_cookies([{"name": "filmgate_session", "value": secret, "url": house.url}])
    page = await window.new_page()
    faults: dict[str, object] = {}

    for path in (*_OPERATORS, f"/operator/accounts/{store.operator_id}"):
        answer = await page.goto(path)
        assert answer is not None
        faults[path] = answer.status, await _faults(page), await _is_too_wide(page)

    await window.close()
    assert {path: fault for path, fault in faults.items() if fault != (200, [], False)} == {}


async def test_every_page_is_light(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    sizes: dict[str, int] = {}

    for path in _INSIDE:
        await page.goto(path, wait_until="networkidle")
        sizes[path] = await page.evaluate(_BYTES_LOADED)

    assert {path: size for path, size in sizes.items() if size > _MOST_BYTES} == {}
    assert all(sizes.values())


async def test_what_is_hidden_is_nowhere_shown(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    shown: dict[str, list[str]] = {}

    for path in _INSIDE:
        await page.goto(path)
        # In one step, for the page's script shows some of them a moment after it has come.
        shown[path] = await page.evaluate(
            """[...document.querySelectorAll("[hidden]")]
            .filter(each => getComputedStyle(each).display !== "none").map(each => each.outerHTML)"""
        )

    assert {path: found for path, found in shown.items() if found} == {}


@pytest.mark.parametrize(
    ("locale", "pattern"), [("en-US", r", \d{1,2}:\d\d\u00a0[AP]M$"), ("de-DE", r", \d\d:\d\d$")]
)
async def test_no_line_breaks_between_an_hour_and_its_half_of_the_day(
    chromium: Browser, house: House, locale: str, pattern: str
) -> None:
    window = await chromium.new_context(base_url=house.url, locale=locale)
    page = await window.new_page()
    await register(page)
    await acquire(page)

    await page.goto("/usage")

    moment = page.locator("#ledger time").first
    await expect(moment).to_have_text(re.compile(r"\d{4}, "))
    assert re.search(pattern, str(await moment.evaluate("each => each.textContent")))
    await window.close()


async def test_the_form_is_filled_by_keyboard_alone(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto("/try")
    await expect(page.get_by_role("button", name="Generate")).to_be_enabled()
    reached = set()

    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.add(
            await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )

    assert {"key_id", "model", "mode", "duration", "prompt", "generate"} <= reached


async def test_what_a_model_cannot_do_is_closed_with_the_reason(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto("/try")

    await page.get_by_label("from a picture").check()
    await page.get_by_label("Model").select_option("kling-v1-6")

    assert await page.locator("#end_image_url").is_disabled()
    assert "kling-v1-6 std does not take one." in await page.locator("#end_image_url-why").inner_text()
    assert "makes no sound" in await page.locator("#generate_audio-why").inner_text()
    await page.get_by_label("Mode", exact=True).select_option("pro")
    assert await page.locator("#end_image_url").is_enabled()


async def test_markup_in_what_people_write_stays_text(window: BrowserContext) -> None:
    page = await window.new_page()
    attacked: list[str] = []
    page.on("dialog", lambda dialog: attacked.append(dialog.message))
    await register(page)
    await acquire(page)
    evil = "</code><img src=x onerror=alert(1)><script>alert(2)</script>"

    await page.goto("/keys")
    await page.get_by_label("Name").fill(evil)
    await page.get_by_role("button", name="Make the key").click()
    await page.goto("/try")
    await page.get_by_label("Prompt").fill(evil)
    await expect(page.locator("#code")).to_contain_text("onerror")
    await page.goto(f"/tasks?q={evil}&from={evil}")

    assert attacked == []
    assert await page.locator("img[src=x]").count() == 0
