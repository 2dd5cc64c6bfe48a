"""Reasons are one short sentence without anything of the machine."""

import signal

import pytest

from filmgate.engines.reasons import excerpt, obituary, reason_of, short_reason


def an_obituary(returncode: int, output: str = "") -> str:
    return obituary(returncode, output=output, memory_limit_bytes=2**30, cpu_limit_seconds=90)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("plain words", "plain words"),
        ("\n  first line \nsecond line", "first line"),
        ("cannot open /srv/models/wan.bin", "cannot open …"),
        ("[Errno 2] No such file: '/srv/x y.bin'", "[Errno 2] No such file: '… y.bin'"),
        ("cannot open ~/models/wan.bin: denied", "cannot open …: denied"),
        (r"cannot open C:\models\wan.bin", "cannot open …"),
        ("401 for url 'https://upstream.example/v1?key=secret'", "401 for url '…"),
        ("16/9 and/or 4 / 3 at 30 f/s", "16/9 and/or 4 / 3 at 30 f/s"),
        ("tab\tand\x1b[31m colour", "tab and [31m colour"),
        ("", ""),
    ],
)
def test_paths_addresses_and_control_characters_are_taken_out(text: str, reason: str) -> None:
    assert short_reason(text) == reason


def test_a_long_reason_is_cut() -> None:
    assert len(short_reason("word " * 100)) == 200


def test_an_error_without_words_goes_by_its_kind() -> None:
    assert reason_of(TimeoutError()) == "TimeoutError"
    assert reason_of(KeyError("x")) == "KeyError: 'x'"


@pytest.mark.parametrize(
    ("returncode", "output", "sentence"),
    [
        (1, "", "The renderer ended with status 1."),
        (1, "Traceback:\n  File x\nValueError: bad\n", "The renderer ended with status 1: ValueError: bad"),
        (1, "MemoryError\n", "The renderer ran out of memory; its limit is 1024 MiB."),
        (-signal.SIGABRT, "std::bad_alloc\n", "The renderer ran out of memory; its limit is 1024 MiB."),
        (1, "CUDA out of memory (8 GiB)", "The renderer failed: CUDA out of memory (8 GiB)"),
        (-signal.SIGABRT, "bad\nFatal Python error: Aborted\nx", "The renderer crashed: bad"),
        (-signal.SIGSEGV, "Fatal Python error: Segmentation fault\nStack\n", "The renderer crashed."),
        (-signal.SIGTERM, "", "The renderer was stopped by SIGTERM."),
        (-signal.SIGXCPU, "noise", "The renderer used more than its 90 s of processor time."),
        (-signal.SIGKILL, "noise", "The renderer was killed from outside (SIGKILL), as the system does"),
        (-signal.SIGRTMIN - 1, "", f"The renderer was stopped by signal {signal.SIGRTMIN + 1}."),
    ],
)
def test_an_obituary_says_how_a_child_ended(returncode: int, output: str, sentence: str) -> None:
    assert an_obituary(returncode, output).startswith(sentence)


def test_a_long_stack_is_logged_by_both_ends() -> None:
    stack = "Fatal Python error\n" + "  File x, line 1\n" * 10_000 + "ValueError: bad"

    told = excerpt(stack)

    assert len(told) < 2100
    assert told.startswith("Fatal Python error\n")
    assert told.endswith("ValueError: bad")
    assert f"\n… {len(stack) - 2000:,} characters left out …\n" in told
    assert excerpt("short") == "short"
