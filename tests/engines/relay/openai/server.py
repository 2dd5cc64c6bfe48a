"""A server of the OpenAI videos dialect in small, as strict as each flavour, with faults on demand.

Run as a process with a flavour. It really films what it is asked for. `POST /control` takes a script and
tells what was asked. A job ends after it was asked for so often as the script says; one with the prompt
`slow` never does, and one with `broken` badly.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

from tests.engines.relay.faulty_http import Question, Reply, in_json, serve_until_killed
from tests.engines.relay.filmed import film

API_KEY = "key-of-tests-which-never-is-logged"

_FIELDS = {"prompt", "model", "seconds", "size"}
_DIFFUSION = _FIELDS | {
    "num_frames",
    "fps",
    "seed",
    "negative_prompt",
    "guidance_scale",
    "num_inference_steps",
}
_KNOWN = {"sglang": _DIFFUSION, "vllm-omni": _DIFFUSION | {"generate_sound"}, "openai": _FIELDS}


_HELD = {"how": "held"}


@dataclass
class Job:
    """A job and what was ordered."""

    job_id: str
    fields: dict[str, Any]
    n_asked: int = 0
    is_deleted: bool = False


@dataclass
class Server:
    """Everything it knows; `faults` are the next ones for each of create, query, content and delete.

    An answer that is `held` comes when the server is told to release it.
    """

    flavour: str
    folder: Path
    jobs: dict[str, Job] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    n_polls: int = 1
    ending: dict[str, Any] = field(default_factory=lambda: {"status": "completed"})
    makes: dict[str, Any] = field(default_factory=dict)
    n_born: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, question: Question) -> Reply:
        """Answer one request, with the next fault for its kind if there is one."""
        if question.path == "/control":
            return self._controlled(question.told() or {})
        if question.path.startswith("/elsewhere/"):
            self.asked.append(f"GET {question.path} {question.headers.get('authorization', 'no key')}")
            return self._filmed(self.jobs[question.path.rpartition("/")[2]])
        self.asked.append(f"{question.method} {question.path}")
        moment = _moment(question)
        fault = None if self.faults.get(moment) == [_HELD] else self._fault(moment, only_before=True)
        if fault is not None:
            return fault
        if question.headers.get("authorization") != f"Bearer {API_KEY}":
            reply = _refused(
                401, "invalid_api_key", f"Incorrect API key: {question.headers.get('authorization')}"
            )
        else:
            reply = self._reply(moment, question)
        if self.faults.get(moment) == [_HELD]:
            self.faults = {}
            return replace(reply, after=self.released)
        return self._fault(moment) or reply

    def _reply(self, moment: str, question: Question) -> Reply:
        if moment == "check":
            return in_json({"object": "list", "data": []})
        if moment == "create":
            return self._create(question)
        job = self.jobs.get(question.path.split("/")[3])
        if job is None or job.is_deleted:
            return in_json({"detail": "Video not found"}, status=404)
        if moment == "delete":
            job.is_deleted = True
            return in_json({"id": job.job_id, "object": "video.deleted", "deleted": True})
        if moment == "content":
            return self._filmed(job)
        job.n_asked += 1
        told = self._told(job)
        return in_json(told, status=self.ending.get("http", 200) if told["status"] == "failed" else 200)

    def _controlled(self, told: dict[str, Any]) -> Reply:
        if told.pop("reset", False):
            self.__init__(flavour=self.flavour, folder=self.folder)  # type: ignore[misc] # as if started anew
        if told.pop("release", False):
            self.released.set()
        if told.pop("restart", False):
            self.jobs = {}
        for name, value in told.items():
            setattr(self, name, value)
        deleted = [job.job_id for job in self.jobs.values() if job.is_deleted]
        seen = {"orders": self.orders, "uploads": self.uploads, "asked": self.asked, "deleted": deleted}
        return in_json({**seen, "jobs": list(self.jobs)})

    def _fault(self, moment: str, *, only_before: bool = False) -> Reply | None:
        """Take the next fault; those that are `after` let the server do its work first."""
        waiting = self.faults.get(moment, [])
        if not waiting or (only_before and waiting[0].get("after")):
            return None
        fault = waiting.pop(0)
        if "bytes" in fault:
            whole = self._filmed(next(iter(self.jobs.values()))).body
            # Cut short with a length that agrees: nothing in HTTP tells that something is missing.
            return Reply(body=whole[: int(len(whole) * fault["bytes"])])
        if "breaks" in fault:
            return Reply(body=self._filmed(next(iter(self.jobs.values()))).body, only_bytes=fault["breaks"])
        if "raw" in fault or "code" in fault:
            raw = fault.get("raw") or {
                "error": {"code": fault["code"], "message": fault.get("message", "a fault")}
            }
            return in_json(raw, status=fault.get("status", 200), headers=fault.get("headers"))
        if "to" in fault:
            return Reply(status=302, headers={"location": fault["to"]})
        if "status" in fault:
            return Reply(status=fault["status"], body=b"<html>not of the dialect</html>")
        how = fault["how"]
        return Reply(is_silent=how == "silent", is_dropped=how == "drop", is_dripping=how == "drip")

    def _create(self, question: Question) -> Reply:
        fields, upload = _order(question)
        if upload is not None:
            self.uploads.append(upload)
        if (wrong := self._wrong(question, fields)) is not None:
            return _refused(400, "invalid_request", wrong)
        self.orders.append(fields)
        self.n_born += 1
        job = Job(f"video_{self.n_born}", fields)
        self.jobs[job.job_id] = job
        return in_json(self._told(job))

    def _wrong(self, question: Question, fields: dict[str, Any]) -> str | None:
        """Say what a real server of the flavour would stumble over."""
        is_json = question.headers["content-type"].startswith("application/json")
        if is_json and self.flavour != "sglang":
            return "multipart is needed"
        if unknown := set(fields) - _KNOWN[self.flavour]:
            return f"unknown fields: {sorted(unknown)}"
        if is_json and not all(
            isinstance(fields[name], int) for name in ("seconds", "fps", "num_frames", "seed")
        ):
            return "seconds, fps, num_frames and seed are integers"
        if self.flavour == "openai" and (
            fields.get("model") is None or fields["seconds"] not in ("4", "8", "12")
        ):
            return "model and seconds"
        return None

    def _told(self, job: Job) -> dict[str, Any]:
        is_over = job.n_asked >= self.n_polls > 0 and job.fields["prompt"] != "slow"
        ending = (
            {"status": "failed", "error": "it broke"} if job.fields["prompt"] == "broken" else self.ending
        )
        progress = min(99, 100 * job.n_asked // max(self.n_polls, 1))
        told = {"id": job.job_id, "object": "video", "created_at": 1722769557, "seconds": "1", "error": None}
        if is_over:
            return {
                **told,
                "progress": 100,
                **{name: ending[name] for name in ending if name != "http"},
            }
        return {**told, "status": "in_progress" if job.n_asked else "queued", "progress": progress}

    def _filmed(self, job: Job) -> Reply:
        width, height = map(int, self.makes.get("size", job.fields["size"]).split("x"))
        fps = int(self.makes.get("fps", job.fields.get("fps", 30)))
        n_frames = int(
            self.makes.get("n_frames", job.fields.get("num_frames", int(job.fields["seconds"]) * fps))
        )
        has_sound = self.makes.get("sound", job.fields.get("generate_sound") == "true")
        path = film(
            self.folder / f"{job.job_id}.mp4",
            width=width,
            height=height,
            fps=fps,
            n_frames=n_frames,
            has_sound=has_sound,
        )
        return Reply(body=path.read_bytes(), headers={"content-type": "video/mp4"})


def _moment(question: Question) -> str:
    if question.method == "POST":
        return "create"
    if question.method == "DELETE":
        return "delete"
    if question.path == "/v1/models":
        return "check"
    return "content" if question.path.endswith("/content") else "query"


def _order(question: Question) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the fields of an order, and what is to be known of the file that came with it."""
    kind = question.headers["content-type"]
    if kind.startswith("application/json"):
        return question.told(), None
    form = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + question.body)
    fields: dict[str, Any] = {}
    upload = None
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename() is None:
            fields[str(name)] = content.decode()
        else:
            told = {"field": name, "name": part.get_filename(), "type": part.get_content_type()}
            upload = {**told, "bytes": len(content)}
    return fields, upload


def _refused(status: int, code: str, message: str) -> Reply:
    return in_json(
        {"error": {"code": code, "message": message, "type": "invalid_request_error"}}, status=status
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as films:
        asyncio.run(serve_until_killed(Server(flavour=sys.argv[1], folder=Path(films)).answer))
