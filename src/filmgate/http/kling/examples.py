"""One task in each of its states, from which the documentation's examples are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from filmgate.domain.accounts import AccountId, ApplicationId, KeyId
from filmgate.domain.callbacks import Delivery, DeliveryId, DeliveryLog, Post
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.domain.tasks import (
    ClipFacts,
    Failure,
    FileKind,
    Status,
    StoredFile,
    Task,
    TaskId,
    VideoId,
    Warned,
)

_CREATED = datetime(2026, 3, 3, 2, 38, 55, 333000, tzinfo=UTC)
_PROMPT = "a cinematic sunset over the ocean"
_FACTS = ClipFacts(width=1280, height=720, fps=Fraction(30), duration=Fraction(5041, 1000), has_audio=False)

WAITING = Task(
    task_id=TaskId(UUID("6c68c267-065b-4423-b66b-a0e4c59ee0d5")),
    trace_id=UUID("2cf86e86-22a4-46e1-ac2f-032c0f2a4e89"),
    account_id=AccountId(UUID("0d4c1f8a-5f3e-4a77-9a51-6d5b2c9e8f10")),
    application_id=ApplicationId(UUID("5b1e2f63-1f0a-4c59-8a40-7be0b0c5d2aa")),
    key_id=KeyId(UUID("e7a9c0d2-3b48-4f6e-9c1d-2f8a6b7c5d43")),
    status=Status.WAITING,
    attempt=0,
    request=GenerationRequest(
        action=Action.TEXT2VIDEO, model="kling-v1", mode=Mode.STD, duration=5, prompt=_PROMPT
    ),
    body={"action": "text2video", "model": "kling-v1", "prompt": _PROMPT, "async": True},
    engine="animatic",
    seed=7,
    reserved=1400,
    public_origin="https://films.example.com",
    created_at=_CREATED,
)
RUNNING = replace(
    WAITING,
    status=Status.RUNNING,
    attempt=1,
    progress=40,
    started_at=_CREATED + timedelta(milliseconds=60),
)
SUCCEEDED = replace(
    RUNNING,
    status=Status.SUCCEEDED,
    progress=100,
    settled=1400,
    finished_at=_CREATED + timedelta(seconds=7, milliseconds=130),
    video_id=VideoId("900798310464749610"),
    files=tuple(
        StoredFile(kind=kind, key=name, name=name, content_type=content_type, n_bytes=1, clip=clip)
        for kind, name, content_type, clip in (
            (FileKind.CLIP, "2f0c6a9d1e7b4c8fa3d5e6b7c8d9e0f1.mp4", "video/mp4", _FACTS),
            (FileKind.POSTER, "9b8a7c6d5e4f3a2b1c0d9e8f7a6b5c4d.jpg", "image/jpeg", None),
        )
    ),
)
DELETED = replace(SUCCEEDED, files_deleted_at=_CREATED + timedelta(hours=1))
FAILED = replace(
    RUNNING,
    status=Status.FAILED,
    settled=0,
    finished_at=_CREATED + timedelta(seconds=7, milliseconds=130),
    failure=Failure("api_error", "The engine ran out of memory."),
)
CANCELLED = replace(FAILED, failure=Failure("cancelled", "The task was deleted before it ended."))
WARNED = Warned(field="promt", nearest="prompt")

_ENDED = _CREATED + timedelta(seconds=7, milliseconds=130)
_POSTS = (
    Post(
        number=1,
        sent_at=_ENDED + timedelta(milliseconds=20),
        status=None,
        reason="did not answer within 15 s",
        elapsed=timedelta(seconds=15),
    ),
    Post(
        number=2,
        sent_at=_ENDED + timedelta(seconds=20, milliseconds=360),
        status=503,
        reason="answered 503",
        elapsed=timedelta(milliseconds=41),
    ),
    Post(
        number=3,
        sent_at=_ENDED + timedelta(minutes=5, seconds=31),
        status=204,
        reason="answered 204",
        elapsed=timedelta(milliseconds=38),
    ),
)
_PENDING = Delivery(
    delivery_id=DeliveryId(UUID("c0e9f1b2-8a4d-4e53-b6f7-1d2c3a4b5e6f")),
    task_id=SUCCEEDED.task_id,
    account_id=SUCCEEDED.account_id,
    url="https://app.example.com/kling",
    secrets=(),
    n_posts=2,
    created_at=_ENDED,
)
PENDING_DELIVERY = DeliveryLog(
    delivery=_PENDING, posts=_POSTS[:2], next_post_at=_ENDED + timedelta(minutes=5, seconds=30)
)
DELIVERED = DeliveryLog(
    delivery=replace(_PENDING, n_posts=3, delivered_at=_POSTS[2].sent_at + _POSTS[2].elapsed),
    posts=_POSTS,
    next_post_at=None,
)
