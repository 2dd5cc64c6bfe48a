"""What people do in the console, for every test that needs it done."""

import itertools

from playwright.async_api import Page

PASSWORD = "a fine long password"

_numbers = itertools.count(1)


async def register(page: Page) -> str:
    """Register and log in; returns the e-mail."""
    email = f"grace-{next(_numbers)}@example.com"
    await page.goto("/register")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Register").click()
    await page.get_by_role("link", name=email).wait_for()
    return email


async def acquire(page: Page) -> str:
    """Acquire the service and return the first key."""
    await page.goto("/")
    await page.get_by_role("button", name="Acquire").click()
    return await page.locator("#secret").inner_text()
