import pytest

from filmgate.domain.requests import wire_field
from filmgate.domain.wording import both, either, seconds, shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("std", '"std"'),
        ('a "b"\n', '"a "b"\\n"'),
        ("x" * 61, '"' + "x" * 60 + '…"'),
        ("\x1b[31m", '"\\u001b[31m"'),
        ("data:image/png;base64,AAAA", '"data:image/png;base64,…" (26 characters)'),
        ("https://example.com/a.jpg?sig=secret", '"https://example.com/a.jpg?…"'),
        ("https://ann:secret@example.com/", '"https://…@example.com/"'),
        (5, "5"),
        (0.25, "0.25"),
        (True, "true"),
        (None, "null"),
        ([1], "a list of 1 item"),
        ({"a": {"b": 1}, "c": 2}, "an object of 2 fields"),
        (b"", "a value of type bytes"),
    ],
)
def test_a_value_is_shown_short_printable_and_without_secrets(value: object, words: str) -> None:
    assert shown(value) == words


def test_a_number_that_cannot_be_printed_is_described() -> None:
    assert shown(10**5000) == shown(-(10**5000)) == "a number of more than 18 digits"


def test_choices_are_joined_as_people_do() -> None:
    assert (either([]), either([5]), either([5, 10]), either("abc")) == ("", "5", "5 or 10", "a, b or c")
    assert both(["kling-v3", "kling-v3-omni"]) == "kling-v3 and kling-v3-omni"


def test_seconds_in_a_row_are_a_range() -> None:
    assert (seconds((3, 4, 5)), seconds((5, 10)), seconds((5, 6, 8))) == ("3 to 5", "5 or 10", "5, 6 or 8")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("start_image", "start_image_url"),
        ("end_image", "end_image_url"),
        ("element_1", "element_list[0].image_url"),
        ("video_1", "video_list[0].video_url"),
        ("image_7", "image_list[6].image_url"),
    ],
)
def test_media_are_told_by_where_the_caller_put_them(name: str, field: str) -> None:
    assert wire_field(name) == field
