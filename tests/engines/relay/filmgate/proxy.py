"""Stands before a Filmgate and loses what goes to and fro, on demand; run as a process.

`POST /control` takes the next faults, by `create` and `query`: those that are `after` happen on the way
back, when the Filmgate has done its work.
"""

import asyncio
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.engines.relay.faulty_http import Question, Reply, in_json, serve_until_killed


@dataclass
class Proxy:
    """What it passes on, and what it was asked."""

    target: str
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    is_deaf_to_keys: bool = False

    def answer(self, question: Question) -> Reply:
        """Pass one request on, unless it is lost."""
        if question.path == "/control":
            told = question.told()
            self.faults = told.get("faults", self.faults)
            self.is_deaf_to_keys = told.get("is_deaf_to_keys", self.is_deaf_to_keys)
            if told.get("reset"):
                self.asked = []
            return in_json({"asked": self.asked})
        moment = {"/kling/videos": "create", "/kling/tasks": "query"}.get(question.path, "result")
        if moment != "result":
            self.asked.append({"path": question.path, "body": question.told()})
        waiting = self.faults.get(moment, [])
        fault = waiting.pop(0) if waiting else None
        if fault is not None and not fault.get("after"):
            return _reply(fault)
        reply = self._passed_on(question)
        return reply if fault is None else _reply(fault)

    def _passed_on(self, question: Question) -> Reply:
        dropped = {"host", "content-length", "connection", "accept-encoding"}
        dropped |= {"idempotency-key"} if self.is_deaf_to_keys else set()
        request = urllib.request.Request(
            self.target + question.path,
            data=question.body or None,
            headers={name: value for name, value in question.headers.items() if name not in dropped},
            method=question.method,
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return Reply(status=answer.status, body=answer.read())
        except urllib.error.HTTPError as refusal:
            return Reply(status=refusal.code, body=refusal.read())


def _reply(fault: dict[str, Any]) -> Reply:
    if "code" in fault:
        error = {"code": fault["code"], "message": fault.get("message", "a fault")}
        content = {"success": False, "error": error}
        return in_json(content, status=fault["status"], headers=fault.get("headers"))
    if "raw" in fault:
        return in_json(fault["raw"])
    if "status" in fault:
        return Reply(status=fault["status"], body=b"<html>a proxy's own page</html>")
    how = fault["how"]
    return Reply(is_silent=how == "silent", is_dropped=how == "drop", is_dripping=how == "drip")


if __name__ == "__main__":
    asyncio.run(serve_until_killed(Proxy(target=sys.argv[1]).answer))
