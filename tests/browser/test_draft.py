"""The form of the try-it page: what is kept over a reload, and what is not."""

import base64

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.moves import acquire, register

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def _form(window: BrowserContext, place: str = "/try") -> Page:
    page = await window.new_page()
    await register(page)
    await acquire(page)
    await page.goto(place)
    return page


async def _kept(page: Page) -> str:
    return str(await page.evaluate("JSON.stringify(sessionStorage)"))


async def test_a_reload_loses_nothing_that_was_chosen(window: BrowserContext) -> None:
    page = await _form(window)
    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await page.get_by_label("Model").select_option("kling-v2-6")
    await page.get_by_label("Mode", exact=True).select_option("pro")
    await page.get_by_label("Seconds").select_option("10")
    await page.get_by_label("Sound").check()
    await page.get_by_text("More", exact=True).click()
    await page.locator("#cfg_scale").fill("0.7")
    await page.get_by_label("Callback URL").fill("https://receiver.example/hook")
    await expect(page.locator("#request")).to_contain_text('"cfg_scale": 0.7')
    before = await page.locator("#request").inner_text()

    await page.reload()

    await expect(page.locator("#request")).to_have_text(before, use_inner_text=True)
    await page.get_by_role("button", name="Start over").click()
    await expect(page.get_by_label("Prompt")).to_have_value("a cinematic sunset over the ocean")
    await expect(page.get_by_label("Model")).to_have_value("kling-v1")


async def test_pictures_and_what_a_url_may_carry_are_not_kept(window: BrowserContext) -> None:
    page = await _form(window)
    await page.get_by_label("from a picture").check()
    await page.locator("#start_image_url-file").set_input_files(
        {"name": "my-own-face.png", "mimeType": "image/png", "buffer": _PIXEL}
    )
    await expect(page.locator("#start_image_url")).to_have_value("my-own-face.png")
    await page.get_by_label("Last picture", exact=True).evaluate("field => (field.disabled = false)")
    await page.locator("#end_image_url").fill("https://a.example/b.png?signature=dear")
    await page.get_by_text("More", exact=True).click()
    await page.get_by_label("Callback URL").fill("https://ada:dear@receiver.example/hook")
    await page.get_by_label("Prompt").fill("she smiles")
    await expect(page.locator("#request")).to_contain_text("she smiles")

    kept = await _kept(page)

    assert "she smiles" in kept
    assert not any(secret in kept for secret in ("my-own-face", "base64", "dear"))


async def test_logging_out_forgets_the_draft(window: BrowserContext) -> None:
    page = await _form(window)
    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await page.wait_for_function("JSON.stringify(sessionStorage).includes('a calm sea')")

    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("button", name="Acquire").wait_for()

    assert await _kept(page) == "{}"


async def test_a_link_that_extends_begins_with_an_empty_prompt(window: BrowserContext) -> None:
    page = await _form(window)
    await page.get_by_label("Prompt").fill("a calm sea at dawn")
    await page.goto("/try?action=extend&video_id=123456789012345678")

    await expect(page.get_by_label("Prompt")).to_have_value("")
    await expect(page.locator("#video_id")).to_have_value("123456789012345678")
    await page.get_by_label("from text").check()
    await expect(page.get_by_label("Prompt")).to_have_value("a cinematic sunset over the ocean")


async def test_what_is_wrong_is_said_in_the_labels_and_by_the_api_beside_it(window: BrowserContext) -> None:
    page = await _form(window)

    await page.get_by_label("from a picture").check()

    await expect(page.locator('[data-trouble="start_image_url"]')).to_have_text(
        "Choose a first picture, or enter its URL."
    )
    await page.get_by_text("What the API answers to it").click()
    await expect(page.locator("#refusal")).to_contain_text("start_image_url is required for image2video")


async def test_what_is_wrong_with_other_fields_is_said_beside_them(window: BrowserContext) -> None:
    page = await _form(window)
    await page.get_by_text("More", exact=True).click()
    others = page.get_by_label("Other fields, as JSON")
    said = page.locator('[data-trouble="rest"]')

    await others.fill('{"multi_shot": true, "shot_type": "customize"}')
    await expect(said).to_contain_text("multi_shot")
    await expect(page.locator("#refused")).to_be_visible()
    await others.fill("{oops")

    await expect(said).to_contain_text("This is not JSON")
    await expect(page.locator("#refused")).to_be_hidden()
