"""What the hosted service answers, and what its codes mean."""

import json

import jwt
import pytest

from filmgate.engines.relay.exchange import UnreadableAnswer
from filmgate.engines.relay.kling.answers import Job, read_envelope, read_job
from filmgate.engines.relay.kling.bearer import APIKey, SignedBearer
from filmgate.engines.relay.kling.codes import CODES, Meaning, service_code
from filmgate.engines.relay.kling.orders import Kind
from filmgate.engines.relay.polling import State

_SECRET = "a secret of thirty-two characters"


def test_a_finished_job_of_the_older_design_is_read_with_its_strings() -> None:
    told = {
        "task_id": "8801",
        "task_status": "succeed",
        "task_status_msg": "",
        "final_unit_deduction": "2.5",
        "created_at": 1722769557708,
        "task_result": {"videos": [{"id": "v-1", "url": "https://cdn.example.com/a.mp4", "duration": "5.1"}]},
    }

    assert read_job(Kind.TEXT, told) == Job(
        job_id="8801",
        state=State.SUCCEEDED,
        url="https://cdn.example.com/a.mp4",
        video_id="v-1",
        deducted="2.5",
    )


def test_a_finished_job_of_the_newer_design_is_read_out_of_its_list() -> None:
    told = [
        {
            "id": "9901",
            "status": "succeeded",
            "outputs": [
                {"type": "image", "url": "https://cdn.example.com/a.png"},
                {"type": "video", "id": "v-2", "url": "https://cdn.example.com/a.mp4", "duration": 5},
            ],
            "billing": [{"amount": "2.4"}],
        }
    ]

    assert read_job(Kind.TURBO_TEXT, told) == Job(
        job_id="9901",
        state=State.SUCCEEDED,
        url="https://cdn.example.com/a.mp4",
        video_id="v-2",
        deducted="2.4",
    )


def test_a_failed_job_keeps_the_service_s_words() -> None:
    told = {"task_id": "1", "task_status": "failed", "task_status_msg": "risk control"}

    assert read_job(Kind.IMAGE, told) == Job(job_id="1", state=State.FAILED, message="risk control")


@pytest.mark.parametrize("told", [None, [], {}])
def test_an_answer_without_a_job_holds_none(told: object) -> None:
    assert read_job(Kind.TURBO_TEXT, told) is None


def test_numbers_in_the_place_of_strings_are_read() -> None:
    job = read_job(Kind.TEXT, {"task_id": 8801, "task_status": "submitted", "final_unit_deduction": 2})

    assert job == Job(job_id="8801", state=State.WAITING, deducted="2")


@pytest.mark.parametrize(
    "told",
    [
        {"task_id": "1"},
        {"task_id": "1", "task_status": "dreaming"},
        {"task_id": ["1"], "task_status": "submitted"},
        {"task_id": "1", "task_status": "succeed", "task_result": {"videos": "soon"}},
        "submitted",
    ],
)
def test_a_job_of_wrong_types_is_no_answer_rather_than_a_verdict(told: object) -> None:
    with pytest.raises(UnreadableAnswer):
        read_job(Kind.TEXT, told)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"message": "no code"}', b'{"code": "ok"}'])
def test_what_is_no_envelope_is_no_answer(content: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read_envelope(content)


def test_an_envelope_is_read() -> None:
    content = json.dumps({"code": 1303, "message": "parallel task over resource pack limit"}).encode()

    assert (read_envelope(content).code, read_envelope(content).message) == (
        1303,
        "parallel task over resource pack limit",
    )


def test_an_account_that_cannot_pay_is_not_asked_again() -> None:
    assert {CODES[code].meaning for code in (1100, 1101, 1102, 1103)} == {Meaning.ELSEWHERE}


@pytest.mark.parametrize(
    ("meaning", "codes"),
    [
        (Meaning.SIGN_AGAIN, {1003, 1004}),
        (Meaning.WAIT, {1302, 1303}),
        (Meaning.UNKNOWN, {5000, 5001, 5002}),
        (Meaning.POLICY, {1300, 1301}),
        (Meaning.MISSING, {1203}),
        (Meaning.ELSEWHERE, {1000, 1001, 1002, 1100, 1101, 1102, 1103, 1200, 1201, 1202, 1304}),
    ],
)
def test_every_code_has_one_meaning(meaning: Meaning, codes: set[int]) -> None:
    assert {code for code, each in CODES.items() if each.meaning is meaning} == codes


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        (1199, 429, Meaning.ELSEWHERE),
        (5099, 500, Meaning.UNKNOWN),
        (None, 429, Meaning.WAIT),
        (None, 502, Meaning.UNKNOWN),
        (None, 400, Meaning.ELSEWHERE),
        (None, 200, Meaning.UNKNOWN),
    ],
)
def test_what_is_not_in_the_table_goes_by_its_family_and_then_by_the_status(
    code: int | None, status: int, meaning: Meaning
) -> None:
    assert service_code(code, status=status).meaning is meaning


def test_a_token_is_signed_for_half_an_hour_and_signed_again_before_it_ends() -> None:
    now = [1_700_000_000.0]
    bearer = SignedBearer("access", _SECRET, now=lambda: now[0])

    first = bearer.header()
    now[0] += 1400
    same = bearer.header()
    now[0] += 200
    later = bearer.header()

    claims = jwt.decode(
        first.removeprefix("Bearer "), _SECRET, ["HS256"], options={"verify_exp": False, "verify_nbf": False}
    )
    assert claims == {"iss": "access", "exp": 1_700_001_800, "nbf": 1_699_999_995}
    assert first == same
    assert later != first


def test_a_token_that_the_service_rejected_is_signed_again() -> None:
    now = [1_700_000_000.0]
    bearer = SignedBearer("access", _SECRET, now=lambda: now[0])
    first = bearer.header()
    now[0] += 10

    bearer.renew()

    assert bearer.header() != first


def test_a_secret_does_not_show_where_it_is_printed() -> None:
    assert "sk-123" not in repr(APIKey("sk-123"))
    assert _SECRET not in repr(SignedBearer("access", _SECRET))
