"""The hosted Kling service in small: both designs, its rules, and faults on demand; run as a process.

`POST /control` takes a `Script`, and `GET /control` tells what was asked of it. A job ends after it was
asked for so often as the script says; one with the prompt `slow` never does, and one with `broken` badly.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt

from tests.engines.relay.faulty_http import Question, Reply, in_json, serve_until_killed

ACCESS_KEY = "access-key-of-tests"
SECRET_KEY = "secret-key-of-tests-which-never-is-logged"
API_KEY = "api-key-of-tests-which-never-is-logged"

_MODELS = {"kling-v1", "kling-v1-6", "kling-v2-5-turbo", "kling-v2-6", "kling-v3"}
_SHARED = {"model_name", "prompt", "mode", "duration", "sound", "external_task_id"}
_SHOTS = {"multi_shot", "shot_type", "multi_prompt"}
_WORDING = {"negative_prompt", "cfg_scale"}
_FIELDS: Mapping[str, set[str]] = {
    "text2video": _SHARED | _SHOTS | _WORDING | {"camera_control", "aspect_ratio"},
    "image2video": _SHARED | _SHOTS | _WORDING | {"camera_control", "image", "image_tail"},
    "omni-video": _SHARED | _SHOTS | {"aspect_ratio", "image_list", "video_list"},
    "video-extend": _WORDING | {"video_id", "prompt", "external_task_id"},
}
_NEWER = ("text-to-video", "image-to-video")


@dataclass
class Job:
    """A job, by the kind under which alone it can be asked for."""

    job_id: str
    kind: str
    external_id: str | None
    prompt: str | None = None
    n_asked: int = 0


@dataclass
class Service:
    """Everything it knows; `faults` are the next ones for each of create, query and result."""

    clip: bytes
    jobs: dict[str, Job] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    link_headers: list[list[str]] = field(default_factory=list)
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    n_polls: int = 1
    n_dead_links: int = 0
    host: str = ""
    ending: dict[str, Any] = field(default_factory=lambda: {"state": "succeed"})

    def answer(self, question: Question) -> Reply:
        """Answer one request, with the next fault for its kind if there is one."""
        self.host = question.headers["host"]
        if question.path == "/control":
            return self._controlled(question)
        if question.path.startswith("/results/"):
            self.link_headers.append(sorted(question.headers))
            return self._fault("result") or self._result(question)
        self.asked.append(f"{question.method} {question.path}")
        self.tokens.append(question.headers.get("authorization", ""))
        is_create = question.method == "POST"
        fault = self._fault("create" if is_create else "query", only_before=True)
        if fault is not None:
            return fault
        refusal = self._unauthorised(question)
        reply = refusal or (self._create(question) if is_create else self._query(question))
        return self._fault("create" if is_create else "query") or reply

    def _controlled(self, question: Question) -> Reply:
        if question.method == "POST":
            told = question.told()
            if told.get("reset"):
                self.jobs, self.bodies, self.tokens, self.asked, self.link_headers = {}, [], [], [], []
            self.faults = told.get("faults", self.faults)
            self.n_polls = told.get("n_polls", self.n_polls)
            self.ending = told.get("ending", self.ending)
            self.n_dead_links = told.get("n_dead_links", self.n_dead_links)
        jobs = [vars(job) for job in self.jobs.values()]
        told = {"jobs": jobs, "bodies": self.bodies, "tokens": self.tokens, "asked": self.asked}
        return in_json({**told, "link_headers": self.link_headers})

    def _fault(self, moment: str, *, only_before: bool = False) -> Reply | None:
        """Take the next fault; those that are `after` let the service do its work first."""
        waiting = self.faults.get(moment, [])
        if not waiting or (only_before and waiting[0].get("after")):
            return None
        fault = waiting.pop(0)
        if "code" in fault or "raw" in fault:
            content = fault.get("raw") or {"code": fault["code"], "message": "a fault", "request_id": "r-1"}
            return in_json(content, status=fault.get("status", 200), headers=fault.get("headers"))
        if "bytes" in fault:
            return Reply(body=self.clip, only_bytes=fault["bytes"])
        if "status" in fault:
            return Reply(status=fault["status"], body=b"<html>not of the dialect</html>")
        how = fault.get("how")
        return Reply(is_silent=how == "silent", is_dropped=how == "drop", is_dripping=how == "drip")

    def _unauthorised(self, question: Question) -> Reply | None:
        token = question.headers.get("authorization", "").removeprefix("Bearer ")
        if token == API_KEY:
            return None
        is_newer = question.path.startswith(("/tasks", *(f"/{kind}" for kind in _NEWER)))
        try:
            jwt.decode(token, SECRET_KEY, ["HS256"], issuer=ACCESS_KEY)
        except jwt.InvalidTokenError:
            return _refused(1002, "Authorization is invalid", status=401)
        return _refused(1002, "does not support AK/SK", status=401) if is_newer else None

    def _create(self, question: Question) -> Reply:
        body = question.told()
        kind = question.path.split("/")[1 if question.path.split("/")[1] in _NEWER else 3]
        if (refusal := self._wrong(kind, body)) is not None:
            return refusal
        external_id = (body.get("options") or body).get("external_task_id")
        if any(job.external_id == external_id for job in self.jobs.values()):
            return _refused(1201, "external_task_id is not unique", status=400)
        self.bodies.append(body)
        job = Job(str(8_800_000 + len(self.jobs)), kind, external_id, body.get("prompt"))
        self.jobs[job.job_id] = job
        return in_json({"code": 0, "message": "SUCCEED", "request_id": "r-1", "data": self._told(job)})

    def _wrong(self, kind: str, body: dict[str, Any]) -> Reply | None:
        if kind in _NEWER:
            is_whole = isinstance(body["settings"]["duration"], int) and body["settings"]["resolution"]
            return None if is_whole else _refused(1201, "settings", status=400)
        unknown = set(body) - _FIELDS[kind]
        if unknown:
            return _refused(1201, f"unknown: {sorted(unknown)}", status=400)
        if kind != "video-extend" and not isinstance(body["duration"], str):
            return _refused(1201, "duration is no string", status=400)
        if kind in ("text2video", "image2video") and body["model_name"] not in _MODELS:
            return _refused(1203, "model is not found", status=404)
        return None

    def _query(self, question: Question) -> Reply:
        if question.path == "/tasks":
            ids = question.query.get("task_ids"), question.query.get("external_task_ids")
            found = [job for job in self.jobs.values() if job.kind in _NEWER and _named(job, *ids)]
            return in_json({"code": 0, "message": "SUCCEED", "data": [self._asked(job) for job in found]})
        if "pageNum" in question.query:
            return in_json({"code": 0, "message": "SUCCEED", "data": []})
        kind, name = question.path.split("/")[3:5]
        for job in self.jobs.values():
            if job.kind == kind and name in (job.job_id, job.external_id):
                return in_json({"code": 0, "message": "SUCCEED", "data": self._asked(job)})
        return _refused(1201, "Task not found by id/external id", status=400)

    def _asked(self, job: Job) -> dict[str, Any]:
        job.n_asked += 1
        return self._told(job)

    def _told(self, job: Job) -> dict[str, Any]:
        is_newer = job.kind in _NEWER
        is_over = job.n_asked >= self.n_polls > 0 and job.prompt != "slow"
        ending = {"state": "failed", "message": "it broke"} if job.prompt == "broken" else self.ending
        state = ending["state"] if is_over else "processing" if job.n_asked else "submitted"
        succeeded = state == "succeed"
        message = ending.get("message", "") if is_over else ""
        url = f"http://{self.host}/results/{job.job_id}.mp4?link={job.n_asked}"
        video = {"id": f"video-{job.job_id}", "url": url, "duration": "1.0"}
        if is_newer:
            told = {
                "id": job.job_id,
                "status": "succeeded" if succeeded else state,
                "external_id": job.external_id,
            }
            outputs = [{"type": "video", **video}] if succeeded else []
            return {**told, "outputs": outputs, "billing": [{"amount": "2.4"}], **self.ending.get("more", {})}
        older: dict[str, Any] = {"task_id": job.job_id, "task_status": state, "created_at": 1722769557708}
        older["task_status_msg"] = message
        if succeeded:
            older |= {"task_result": {"videos": [video]}, "final_unit_deduction": "2.5"}
        older |= self.ending.get("more", {})
        return older

    def _result(self, question: Question) -> Reply:
        if int(question.query["link"]) <= self.n_dead_links:
            return Reply(status=403, body=b"Request has expired")
        return Reply(body=self.clip, headers={"content-type": "video/mp4"})


def _named(job: Job, job_id: str | None, external_id: str | None) -> bool:
    return job.job_id == job_id or (external_id is not None and job.external_id == external_id)


def _refused(code: int, message: str, *, status: int) -> Reply:
    return in_json({"code": code, "message": message, "request_id": "r-1"}, status=status)


if __name__ == "__main__":
    asyncio.run(serve_until_killed(Service(clip=Path(sys.argv[1]).read_bytes()).answer))
