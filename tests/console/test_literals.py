"""Whatever a body says, each language's own interpreter reads it from the literal."""

import ast
import asyncio
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from filmgate.http.console.literals import LARGEST_WHOLE
from filmgate.http.console.snippets import LANGUAGES, Language
from tests.console.runtimes import need, run

# What stands around statements.
_FRAMES: Mapping[str, tuple[str, str]] = {
    "java": ("public class Generate { public static void main(String[] args) {\n", "} }\n"),
    "go": ('package main\nimport "os"\nfunc main() {\n', "}\n"),
    "php": ("<?php\n", ""),
}
# They print a text as it is, and a literal's JSON behind a NUL.
_TEXT_STATEMENTS: Mapping[str, str] = {
    "curl": "printf %s LITERAL\n",
    "python": 'print(LITERAL, end="")\n',
    "javascript": "process.stdout.write(LITERAL);\n",
    "java": "System.out.writeBytes((LITERAL).getBytes(java.nio.charset.StandardCharsets.UTF_8));\n",
    "go": "os.Stdout.WriteString(LITERAL)\n",
    "php": "echo LITERAL;\n",
}
_STATEMENTS: Mapping[str, str] = {
    "curl": "printf '\\0'; cat LITERAL\n",
    "javascript": 'process.stdout.write("\\0" + JSON.stringify(LITERAL));\n',
    "java": 'System.out.writeBytes(("\\0" + LITERAL).getBytes(java.nio.charset.StandardCharsets.UTF_8));\n',
    "go": 'os.Stdout.WriteString("\\x00" + LITERAL)\n',
    "php": 'echo "\\0", LITERAL;\n',
}
_TRAPS = (
    *("'", '"', '"""', "`", "\\", "\\u0041", "\\u{41}", "\\n"),
    *("\n", "\r\n", "\t", "\b", "\x00", "\x7f", "\x85"),
    *("$HOME", "${x}", "$(id)", "{$x}", "#{x}", "%s", "%d", "!!", "{{ x }}", "{% raw %}", "{# x #}"),
    *("<?php", "?>", "*/", "//", "</script>", "<!--", "JSON", "\nJSON\n", "JSON;", "EOF"),
    *("\u2028", "\u2029", "\u202e", "\ufeff", "\u00a0", "\u200d"),
    *("é", "夜", "👩\u200d🚀", "\U000e0001", "\U0010ffff"),
    *("__proto__", "constructor", "async", "0", "-1", ""),
)
texts = st.lists(st.sampled_from(_TRAPS) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=4).map(
    "".join
)
numbers = st.integers(-LARGEST_WHOLE, LARGEST_WHOLE) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(texts, values, max_size=4)
many_bodies = st.lists(bodies, min_size=30, max_size=30)


def _program(language: Language, statements: str) -> str:
    opening, closing = _FRAMES.get(language.id, ("", ""))
    return opening + statements + closing


async def _output(language: Language, program: str, *, folder: Path) -> str:
    ran = await run(language, program, folder=folder)
    assert ran.status == 0, ran.errors
    return ran.output


async def _read_back(language: Language, bodies: list[Any], *, folder: Path) -> list[Any]:
    if language.id == "python":
        return [ast.literal_eval(language.literal(body)) for body in bodies]
    statement = _STATEMENTS[language.id]
    program = _program(
        language, "".join(statement.replace("LITERAL", language.literal(body)) for body in bodies)
    )
    output = await _output(language, program, folder=folder)
    # JavaScript writes 2.0**63 as 9223372036854776000, which is the same number only as a float.
    return [json.loads(text, parse_int=float) for text in output.split("\0")[1:]]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_trickiest_text_is_read_back_as_a_name_and_as_a_value(language: Language, tmp_path: Path) -> None:
    need(language)
    tricky: list[Any] = [{trap: trap} for trap in _TRAPS] + [{trap + "x": [f"x{trap}"] for trap in _TRAPS}]

    assert asyncio.run(_read_back(language, tricky, folder=tmp_path)) == tricky


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@settings(
    max_examples=3,
    deadline=None,
    # Each example starts a compiler or an interpreter: shrinking would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(many=many_bodies)
def test_every_body_is_read_back(language: Language, tmp_path: Path, many: list[Any]) -> None:
    need(language)

    assert asyncio.run(_read_back(language, many, folder=tmp_path)) == many


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_body_as_long_as_a_picture_is_read_back(language: Language, tmp_path: Path) -> None:
    need(language)
    long = [{"start_image_url": "data:image/png;base64," + "abc+" * 50_000, "prompt": '"\\\n🎬' * 5_000}]

    assert asyncio.run(_read_back(language, long, folder=tmp_path)) == long


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_host_that_someone_made_up_stays_text(language: Language, tmp_path: Path) -> None:
    need(language)
    origin = "http://a'b\"c\\d$e`f${g}$(id){$h}%s'; exit 7 #"
    program = _program(language, _TEXT_STATEMENTS[language.id].replace("LITERAL", language.text(origin)))

    assert asyncio.run(_output(language, program, folder=tmp_path)) == origin


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize(
    "number", [math.nan, -math.inf, LARGEST_WHOLE + 1, -(10**5000)], ids=["nan", "infinity", "large", "huge"]
)
def test_a_number_that_some_language_would_change_is_refused(language: Language, number: float) -> None:
    with pytest.raises(ValueError, match="Not every language can carry"):
        language.literal({"seed": [number]})


@settings(max_examples=30, deadline=None)
@given(body=bodies)
def test_nothing_in_a_literal_is_invisible(body: Any) -> None:
    for language in LANGUAGES.values():
        literal = language.literal(body)

        assert [each for each in literal if not each.isprintable() and each not in "\n\u200c\u200d"] == []


def test_short_objects_stand_on_one_line_and_long_ones_on_several() -> None:
    body: Any = {
        "camera_control": {"type": "simple", "config": {"horizontal": 5, "zoom": -2}},
        "multi_prompt": [{"index": index, "prompt": "a harbour at dawn", "duration": 5} for index in (1, 2)],
        "seed-of-old": None,
        "elements": {},
        "generate_audio": True,
    }

    assert LANGUAGES["javascript"].literal(body) == (
        "{\n"
        '  camera_control: { type: "simple", config: { horizontal: 5, zoom: -2 } },\n'
        "  multi_prompt: [\n"
        '    { index: 1, prompt: "a harbour at dawn", duration: 5 },\n'
        '    { index: 2, prompt: "a harbour at dawn", duration: 5 },\n'
        "  ],\n"
        '  "seed-of-old": null,\n'
        "  elements: {},\n"
        "  generate_audio: true,\n"
        "}"
    )
