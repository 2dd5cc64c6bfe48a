"""Somebody at a browser: cookies, forms with their tokens, and pages read as a person reads them."""

import itertools
import re
from html import unescape
from urllib.parse import urlencode

import httpx

from filmgate.app.whole import Filmgate

HERE = "http://127.0.0.1:8000"
PASSWORD = "a fine long password"

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_TAGS = re.compile(r"<[^>]+>")
_SECRET = re.compile(r'<code id="secret">([^<]+)</code>')


_numbers = itertools.count(1)


class Visit:
    """One browser, on this machine unless it is told otherwise, and somebody with an e-mail of their own."""

    def __init__(self, filmgate: Filmgate, *, origin: str = HERE, address: str | None = None) -> None:
        number = next(_numbers)
        self.email = f"ada-{number}@example.com"
        # Limits count by address, and tests share a server.
        address = address or f"127.1.{number // 250}.{number % 250}"
        transport = httpx.ASGITransport(filmgate.http, raise_app_exceptions=False, client=(address, 4000))
        self.client = httpx.AsyncClient(transport=transport, base_url=origin, timeout=20)
        self.origin = origin
        self.page = httpx.Response(200, text="")

    async def look(self, path: str) -> str:
        """Open a page, following where it leads, and return its text."""
        self.page = await self.client.get(path, follow_redirects=True)
        return self.text

    async def send(self, path: str, **fields: str) -> str:
        """Send a form of the page that is open as a browser does, and return the text of what comes back."""
        form = urlencode({"token": self.token} | fields)
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": self.origin}
        self.page = await self.client.post(path, content=form, headers=headers, follow_redirects=True)
        return self.text

    async def register(self) -> None:
        """Make an account and log in to it."""
        await self.look("/register")
        await self.send("/register", email=self.email, password=PASSWORD)
        assert self.email in self.text, self.text

    async def log_in(self, *, email: str, password: str = PASSWORD) -> str:
        """Try to log in, and return the text of what comes back."""
        await self.look("/log-in")
        return await self.send("/log-in", email=email, password=password)

    async def create(
        self, key: str, prompt: str = "a quiet sea", *, path: str = "/kling/videos", **fields: object
    ) -> httpx.Response:
        """Ask the API for a clip, with a key and without the cookies of this browser."""
        call = httpx.AsyncClient(transport=self.client._transport, base_url=self.origin, timeout=20)
        headers = {"authorization": f"Bearer {key}"}
        return await call.post(path, json={"prompt": prompt} | fields, headers=headers)

    async def acquire(self) -> str:
        """Acquire the service and return the first key."""
        await self.look("/")
        await self.send("/acquire")
        return self.secret

    @property
    def token(self) -> str:
        """What the forms of the open page carry."""
        found = _TOKEN.search(self.page.text)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """The open page without its tags."""
        return " ".join(unescape(_TAGS.sub(" ", self.page.text)).split())

    @property
    def was_sent_back(self) -> bool:
        """Whether the form was refused and led back to its page, which a reload may ask for again."""
        statuses = [each.status_code for each in (*self.page.history, self.page)]
        return statuses == [303, 200] and 'class="trouble"' in self.page.text

    @property
    def secret(self) -> str:
        """The key that the open page shows."""
        found = _SECRET.search(self.page.text)
        assert found, self.text
        return found[1]
