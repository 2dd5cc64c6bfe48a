"""Going back and reloading: what a person does without a thought never sends a form again."""

import re

from playwright.async_api import BrowserContext, Page, Request, expect

from tests.browser.moves import acquire, register


def _posts(page: Page) -> list[str]:
    """Return a list that fills with the paths of forms which the page sends."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    page.on("request", note)
    return sent


async def test_going_back_to_a_refused_form_and_reloading_it_sends_nothing(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto("/keys")
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_label("Spending limit").fill("much")
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.locator(".trouble")).to_contain_text("a number of credits above 0")
    await expect(page.get_by_label("Name")).to_have_value("laptop")
    sent = _posts(page)

    await page.reload()
    await page.goto("/usage")
    await page.go_back()

    await expect(page.get_by_role("button", name="Make the key")).to_be_visible()
    assert sent == []


async def test_reloading_a_page_with_a_new_key_makes_no_other(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto("/keys")
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Make the key").click()
    await page.locator("#secret").wait_for()
    sent = _posts(page)

    await page.reload()

    await expect(page.locator(".rows li")).to_have_count(2)
    await expect(page.locator("#secret")).to_have_count(0)
    assert sent == []


async def test_a_page_that_stands_still_because_of_a_log_out_says_so(window: BrowserContext) -> None:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto("/inbox")
    await page.get_by_role("button", name="Make an inbox").click()
    await page.locator("#arrivals").wait_for()

    await window.clear_cookies()

    await page.get_by_role("link", name="Log in and come back").click()
    await expect(page).to_have_url(re.compile(r"/log-in\?next=%2Finbox$"))
