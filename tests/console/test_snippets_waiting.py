"""How the programs wait for an asynchronous task: against a server that lets each look twice."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from filmgate.http.console.snippets import Language, snippet
from tests.console.runtimes import languages_here, run

# What a caller sends comes back inside the record, and must not be taken for the answer.
_BODY: dict[str, Any] = {
    "prompt": 'a sign that says "state":"succeed","video_url":"http://wrong/"',
    "callback_url": "https://films.example/hook",
    "state": "succeed",
    "error": {"code": "wrong", "message": "wrong"},
    "video_list": [{"video_url": "http://wrong/too"}],
}
_URL = "http://films.example/files/sea.mp4"


class _SlowServer(ThreadingHTTPServer):
    """Ends every task at its caller's second look; callers differ by key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, Any] = {}
        self.looks = Counter[str]()

    def answer(self, path: str, body: dict[str, Any], *, key: str) -> dict[str, Any]:
        if path == "/kling/videos":
            self.bodies[key] = body
            return {"success": True, "task_id": f"task-{key}", "trace_id": "trace"}
        self.looks[key] += 1
        state = "processing" if self.looks[key] == 1 else "succeed"
        response = {"task_id": body["id"], "state": state}
        if state == "succeed":
            response |= {"success": True, "video_url": _URL}
        return {
            "id": body["id"],
            "request": self.bodies[key],
            "response": response,
            "data": {"id": body["id"], "state": state, "status": state, "progress": 50},
        }


class _Handler(BaseHTTPRequestHandler):
    server: _SlowServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers["authorization"].removeprefix("Bearer ")
        content = json.dumps(self.server.answer(self.path, body, key=key)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Keep the output of tests clean."""


@pytest.fixture
def slow_server() -> Iterator[_SlowServer]:
    with _SlowServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_programs_look_again_while_the_task_goes_on(slow_server: _SlowServer, tmp_path: Path) -> None:
    here = [language for language in languages_here() if language.id != "curl"]
    origin = f"http://127.0.0.1:{slow_server.server_port}"

    async def printed(language: Language) -> str:
        program = snippet(language, origin=origin, body=_BODY)
        ran = await run(language, program, folder=tmp_path / language.id, key=language.id)
        return ran.output + ran.errors

    outputs = await asyncio.gather(*map(printed, here))

    assert outputs == [f"{_URL}\n"] * len(here)
    assert slow_server.looks == {language.id: 2 for language in here}
    assert slow_server.bodies == {language.id: _BODY for language in here}
