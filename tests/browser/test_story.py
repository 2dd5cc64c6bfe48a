"""The whole story of a new user on a fresh server, in a real browser with real clips."""

import asyncio
import re

import httpx
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import House, Photographer
from tests.browser.moves import PASSWORD

# A clip takes seconds on an idle machine, and minutes on a crowded one.
_A_CLIP_MS = 110_000


async def _generate(page: Page) -> str:
    """Press the button of the try-it page, wait for the clip to play, and return its task."""
    button = page.get_by_role("button", name="Generate")
    await expect(button).to_be_enabled(timeout=20_000)
    await button.click()
    await expect(page.locator("#state")).to_have_text("Done", timeout=_A_CLIP_MS)
    await expect(page.locator("#clip")).to_have_js_property("videoWidth", 1280)
    link = await page.get_by_role("link", name="Its page").get_attribute("href")
    assert link
    return link


async def test_from_acquire_to_a_revoked_key(
    window: BrowserContext, house: House, photographer: Photographer
) -> None:
    page = await window.new_page()

    # Acquire leads to the door, and back to where it was pressed.
    await page.goto("/")
    await page.get_by_role("button", name="Acquire").click()
    await page.get_by_role("link", name="Register").click()
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Register").click()
    await page.get_by_role("button", name="Acquire").click()
    key = await page.locator("#secret").inner_text()
    assert key.startswith("fg_")
    await expect(page.get_by_text("100.00 free credits")).to_be_visible()

    # Try it, with the price known before and the code beside it.
    await page.get_by_role("link", name="Try it now").click()
    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await expect(page.locator("#price")).to_have_text("1.40 credits")
    await page.get_by_role("tab", name="Python").click()
    await expect(page.locator("#code")).to_contain_text("a calm sea at dawn")
    first = await _generate(page)
    await expect(page.locator("#sources")).to_contain_text("a calm sea at dawn")
    await page.evaluate("scrollTo(0, 0)")
    await photographer.take(page, "try")

    # An inbox, for the callback of what comes next.
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("button", name="Make an inbox").click()
    inbox = await page.locator(".rows code").first.inner_text()

    # Extend it from its page, and find the callback in the inbox.
    await page.goto(first)
    await page.get_by_role("link", name="Extend").click()
    await expect(page.locator("#video_id")).to_have_value(re.compile(r"^\d{18}$"))
    await expect(page.get_by_role("radio", name="a calm sea at dawn")).to_be_checked()
    await expect(page.get_by_label("Prompt")).to_have_value("")
    await page.get_by_text("More", exact=True).click()
    await page.get_by_label("Callback URL").fill(inbox)
    second = await _generate(page)
    await page.goto("/inbox")
    await expect(page.locator(".arrivals li").first).to_contain_text("signed by this server", timeout=20_000)
    await expect(page.locator(".arrivals li").first).to_contain_text(second.removeprefix("/tasks/"))
    await photographer.take(page, "inbox")
    await page.goto("/tasks")
    await photographer.take(page, "tasks")
    await page.goto(second)
    await expect(page.locator("#facts")).to_contain_text("10.")

    # What was spent adds up everywhere.
    await page.goto("/usage")
    await expect(page.locator(".sums")).to_contain_text("97.20")
    await expect(page.locator("h2").first).to_have_text("2.80 credits in 30 days")
    await expect(page.locator(".balance")).to_have_text("97.20 credits")

    await photographer.take(page, "usage")

    # A revoked key opens nothing.
    assert await _status(house, key) == 200
    await page.goto("/keys")
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("You have no open key.")).to_be_visible()
    assert await _status(house, key) == 401


async def _status(house: House, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        return (await client.post("/kling/tasks", json={"id": "x"})).status_code
