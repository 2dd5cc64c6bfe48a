"""What each kind of failure comes to, for its task and for its engine."""

import pytest

from filmgate.domain.errors import (
    BrokeOnTask,
    EngineFailed,
    FilmgateError,
    InvalidRequest,
    NotAccepted,
    Objection,
    OutcomeUnknown,
    PolicyRefusal,
    Unavailable,
)
from filmgate.domain.verdicts import Blame, Next, Verdict, verdict

_VERDICTS: list[tuple[FilmgateError, Next, Blame]] = [
    (InvalidRequest([Objection("prompt", "", "It is empty.")]), Next.END, Blame.NOBODY),
    (PolicyRefusal("Not here."), Next.END, Blame.NOBODY),
    (OutcomeUnknown(), Next.END, Blame.ENGINE),
    (NotAccepted("It is full."), Next.ELSEWHERE, Blame.ENGINE),
    (NotAccepted("It knows no such model.", is_for_good=True), Next.ELSEWHERE, Blame.ENGINE),
    (NotAccepted("It takes no such picture.", is_of_request=True), Next.ELSEWHERE, Blame.NOBODY),
    (EngineFailed("It fell over."), Next.AGAIN, Blame.ENGINE),
    (EngineFailed("It was paid and fell over.", is_for_good=True), Next.END, Blame.ENGINE),
    (EngineFailed("The picture is too dark.", is_of_request=True), Next.END, Blame.NOBODY),
    (BrokeOnTask("It ran out of memory."), Next.AGAIN, Blame.EITHER),
    (BrokeOnTask("It was tried there often enough.", is_for_good=True), Next.END, Blame.EITHER),
    (Unavailable("The store is away."), Next.LATER, Blame.NOBODY),
]


@pytest.mark.parametrize(("error", "then", "blame"), _VERDICTS, ids=str)
def test_every_kind_of_failure_has_its_verdict(error: FilmgateError, then: Next, blame: Blame) -> None:
    assert verdict(error) == Verdict(then, blame)


def test_what_is_a_requests_own_fault_is_of_no_use_to_ask_again() -> None:
    assert NotAccepted("It takes no such picture.", is_of_request=True).is_for_good
