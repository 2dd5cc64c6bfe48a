"""The callback inbox in a real browser: what arrives appears by itself and takes nothing away."""

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Photographer
from tests.browser.moves import register

EVIL = "</code><img src=x onerror=alert(1)><script>alert(2)</script>"


async def _inbox(page: Page) -> str:
    """Make an inbox and return its URL."""
    await page.goto("/inbox")
    await page.get_by_role("button", name="Make an inbox").click()
    return await page.locator(".rows code").first.inner_text()


async def _post(url: str, told: object, **headers: str) -> None:
    async with httpx.AsyncClient(headers=headers) as client:
        assert (await client.post(url, json=told)).status_code == 200


async def test_what_arrives_appears_by_itself_and_closes_nothing_that_is_open(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    url = await _inbox(page)
    await expect(page.get_by_text("Nothing arrived yet")).to_be_visible()

    await _post(url, {"state": "the first"})
    await expect(page.locator(".arrivals li")).to_have_count(1)
    await page.locator(".arrivals summary").click()
    await _post(url, {"state": "the second"})

    await expect(page.locator(".arrivals li")).to_have_count(2)
    await expect(page.locator(".arrivals li").first).to_contain_text("the second")
    await expect(page.locator(".arrivals li").last.get_by_text("content-type")).to_be_visible()
    await expect(page.locator(".arrivals li").last.locator("summary")).to_be_focused()


async def test_what_is_being_marked_stays(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    url = await _inbox(page)
    await _post(url, "mark me")
    await page.locator(".arrivals pre").dblclick()
    await _post(url, "another")
    async with page.expect_response("**/inbox"):
        pass

    assert await page.evaluate("getSelection().toString()") != ""
    await expect(page.locator(".arrivals li")).to_have_count(1)
    await page.evaluate("getSelection().empty()")
    await expect(page.locator(".arrivals li")).to_have_count(2)


async def test_markup_that_arrives_stays_text(window: BrowserContext) -> None:
    page = await window.new_page()
    attacked: list[str] = []
    page.on("dialog", lambda dialog: attacked.append(dialog.message))
    await register(page)
    url = await _inbox(page)

    await _post(f"{url}?{EVIL}", {EVIL: EVIL}, **{"x-evil": EVIL, "webhook-id": EVIL})
    await expect(page.locator(".arrivals pre")).to_contain_text("onerror")
    await page.locator(".arrivals summary").click()
    await page.get_by_role("link", name="As it came").click()

    await expect(page.locator("body")).to_contain_text("<script>alert(2)</script>")
    assert attacked == []
    assert await page.locator("img[src=x], main script").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_everybody_can_read_a_full_inbox(
    window: BrowserContext, photographer: Photographer, scheme: str, width: int
) -> None:
    page = await window.new_page()
    await page.set_viewport_size({"width": width, "height": 860})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await register(page)
    url = await _inbox(page)
    outcome = {"success": True, "task_id": "0" * 8, "state": "succeed", "video_url": f"{url}/" + "x" * 120}
    await _post(url, outcome)
    await _post(f"{url}?order=7", outcome, **{"webhook-id": "m" * 90, "webhook-signature": "v1,AAAA"})
    await page.get_by_role("button", name="Make another inbox").click()
    await expect(page.locator(".arrivals li")).to_have_count(2)
    await page.locator(".arrivals summary").first.click()
    await page.get_by_text("Show it").click()

    found = await Axe().run(page)

    await page.evaluate("scrollTo(0, 0)")
    await photographer.take(page, f"inbox-{scheme}")
    grave = [each["id"] for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    assert grave == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
