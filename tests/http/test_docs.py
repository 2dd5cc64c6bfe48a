import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from filmgate.http.error_table import ERRORS
from filmgate.http.kling.field_names import FIELDS
from tests.domain.matrix import CATALOG
from tests.http.stage import Caller


class Page(HTMLParser):
    """A page, read: its text, its links and places, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words in their order."""
        return " ".join(" ".join(self.words).split())


async def a_page(caller: Caller) -> Page:
    """Fetch the page."""
    return Page((await caller.client.get("/docs")).text)


async def test_the_first_page_leads_to_the_docs(onlooker: Caller) -> None:
    answer = await onlooker.client.get("/")

    assert 'href="/docs"' in answer.text


async def test_models_find_an_index_whose_links_lead_somewhere(onlooker: Caller) -> None:
    index = await onlooker.client.get("/llms.txt", headers={"authorization": ""})

    links = set(re.findall(r"\]\((/[^)#]*)", index.text))
    assert links == {"/", "/docs", "/docs.md", "/openapi.json"}
    for link in links:
        assert (await onlooker.client.get(link)).status_code == 200


async def test_the_reference_in_markdown_says_what_the_page_says(onlooker: Caller) -> None:
    text = (await onlooker.client.get("/docs.md")).text

    assert {field for field in FIELDS if f"`{field}`" not in text} == set()
    assert {model for model in (*CATALOG.models, *CATALOG.aliases) if model not in text} == set()
    assert "&#" not in text


async def test_the_page_names_every_field_model_price_and_error(onlooker: Caller) -> None:
    page = await a_page(onlooker)

    assert {field for field in FIELDS if field not in page.text} == set()
    assert {model for model in (*CATALOG.models, *CATALOG.aliases) if model not in page.text} == set()
    assert {case.code for case in ERRORS if case.code not in page.text} == set()
    assert "3840×2160 · 24" in page.text
    assert "1.008" in page.text
    assert "counter-clockwise" in page.text
    assert 'curl "$FILMGATE/kling/videos"' in page.text


async def test_every_link_within_the_page_leads_to_a_place(onlooker: Caller) -> None:
    page = await a_page(onlooker)

    places = {given["id"] for _, given in page.tags if "id" in given}
    links = {given["href"] or "" for tag, given in page.tags if tag == "a"}
    assert {link for link in links if link.startswith("#") and link[1:] not in places} == set()
    assert {link for link in links if not link.startswith("#")} == {"/openapi.json", "/"}


async def test_the_page_loads_nothing_and_may_load_nothing(onlooker: Caller) -> None:
    answer = await onlooker.client.get("/docs")

    page = Page(answer.text)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert not [tag for tag, given in page.tags if tag in ("script", "img", "iframe") or "src" in given]
    assert not [given for _, given in page.tags if "style" in given or any(n.startswith("on") for n in given)]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


async def test_placeholders_are_escaped(onlooker: Caller) -> None:
    answer = await onlooker.client.get("/docs")

    assert "&lt;&lt;&lt;image_1&gt;&gt;&gt;" in answer.text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/", "/healthz"])
async def test_pages_answer_head(onlooker: Caller, path: str) -> None:
    answer = await onlooker.client.head(path)

    assert answer.status_code in (200, 307)
    assert "x-trace-id" in answer.headers
