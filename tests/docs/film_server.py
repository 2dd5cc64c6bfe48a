"""The small film server of the how-to about engines: it makes the same clip of every prompt it can read."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.engines.scripted import write_clip


class _Films(ThreadingHTTPServer):
    """The server, with the prompts it was sent by the names of their films."""

    clip: bytes
    prompts: dict[str, str]


class _Answers(BaseHTTPRequestHandler):
    server: _Films

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.prompts[self.path.split("/")[2]] = body["prompt"]
        self._answer({"unreadable": 422, "full": 429}.get(body["prompt"], 200))

    def do_GET(self) -> None:
        _, _, name, *clip = f"{self.path}/".split("/")
        prompt = self.server.prompts.get(name, "")
        if clip == ["clip", ""]:
            self._answer(200, self.server.clip)
        else:
            done = 0.1 if prompt == "slow" else 1
            self._answer(500 if prompt == "broken" else 200, json.dumps({"done": done}).encode())

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"no room") -> None:
        self.send_response(status if self.headers["authorization"] == "Bearer secret" else 401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def film_server() -> Iterator[str]:
    """Run the server for the block; yields its URL."""
    with _Films(("127.0.0.1", 0), _Answers) as server, tempfile.TemporaryDirectory() as folder:
        server.clip = write_clip(Path(folder), seconds=1).path.read_bytes()
        server.prompts = {}
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
