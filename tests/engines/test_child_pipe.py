"""Jobs and reports arrive as they were sent."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmgate.domain.errors import Objection
from filmgate.domain.requests import (
    Action,
    AspectRatio,
    CameraMove,
    CameraType,
    Element,
    GenerationRequest,
    ImageReference,
    ImageUse,
    Mode,
    RemoteMedia,
    Shot,
    ShotType,
    StoredMedia,
    VideoReference,
    VideoUse,
)
from filmgate.domain.tasks import ClipFacts, FileKind, TaskId
from filmgate.engines.child_pipe import (
    Done,
    Failed,
    Progress,
    Ready,
    Refused,
    Report,
    job_line,
    read_job,
    read_report,
    report_line,
)
from filmgate.ports import RenderedFile, RenderJob
from tests.engines.jobs import SPEC

REMOTE = RemoteMedia(url="https://pictures.example/cat.png?size=1&name=ä")
STORED = StoredMedia(key="in/1", content_type="image/png", n_bytes=12, sha256="ab" * 32)
A_FILE = RenderedFile(
    kind=FileKind.CLIP,
    path=Path("folder/clip.mp4"),
    content_type="video/mp4",
    clip=ClipFacts(
        width=1280, height=720, fps=Fraction(30000, 1001), duration=Fraction(1001, 200), has_audio=True
    ),
)

EVERYTHING = GenerationRequest(
    action=Action.IMAGE2VIDEO,
    model="kling-v3-omni",
    mode=Mode.UHD,
    duration=10,
    prompt="Line one\nline two \x00 \u2028 \U0001f3ac",
    negative_prompt="",
    start_image=STORED,
    end_image=REMOTE,
    video_id="video-1",
    aspect_ratio=AspectRatio.TALL,
    cfg_scale=0.1,
    camera=CameraMove(type=CameraType.FORWARD_UP, tilt=-1 / 3, zoom=0.7),
    generate_audio=False,
    elements=(Element(image=STORED), Element(image=REMOTE)),
    videos=(VideoReference(video=REMOTE, use=VideoUse.FEATURE, keep_original_sound=True),),
    images=(ImageReference(image=STORED, use=ImageUse.END_FRAME), ImageReference(image=REMOTE)),
    multi_shot=True,
    shot_type=ShotType.CUSTOMIZE,
    shots=(Shot(index=1, prompt="First", duration=4), Shot(index=2, prompt="Second", duration=6)),
    seed=2**31 - 1,
)
PLAIN = RenderJob(
    task_id=TaskId(UUID(int=1)),
    attempt=1,
    request=EVERYTHING,
    spec=SPEC,
    seed=7,
    inputs={"start_image": Path("in/a b.png"), "image_1": Path("in/ü.png")},
    folder=Path("folder"),
    resume_token="upstream-1",
)


def test_a_job_with_every_field_arrives_equal_and_on_one_line() -> None:
    line = job_line(PLAIN)

    assert read_job(line) == PLAIN
    assert line.count(b"\n") == 1


@given(
    prompt=st.text(st.characters(exclude_categories=["Cs"])),
    pan=st.floats(-1, 1),
    cfg_scale=st.none() | st.floats(0, 1),
)
def test_any_text_and_any_number_arrive_equal(prompt: str, pan: float, cfg_scale: float | None) -> None:
    request = replace(EVERYTHING, prompt=prompt, camera=CameraMove(pan=pan), cfg_scale=cfg_scale)
    job = replace(PLAIN, request=request)

    line = job_line(job)

    assert read_job(line) == job
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "report",
    [
        Ready(),
        Progress(1 / 3),
        Done((A_FILE, replace(A_FILE, kind=FileKind.POSTER, clip=None))),
        Refused((Objection("duration", 7, "Five or ten."), Objection("image", {"a": [None]}, "No."))),
        Failed(reason="It broke.", trace="Traceback …\n", is_spoilt=True),
    ],
    ids=lambda report: report.kind,
)
def test_a_report_arrives_equal(report: Report) -> None:
    arrived = read_report(report_line(report))

    assert type(arrived) is type(report)
    assert report_line(arrived) == report_line(report)


def test_an_objection_to_a_value_that_json_lacks_carries_its_text() -> None:
    line = report_line(Refused((Objection("size", Fraction(16, 9), "Too wide."),)))

    assert read_report(line) == Refused([Objection("size", "16/9", "Too wide.")])


@pytest.mark.parametrize("line", [b"\n", b"null\n", b'{"kind":"done"}\n', b'{"kind":"other"}\n', b"\xff\n"])
def test_anything_else_is_no_report(line: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read_report(line)
