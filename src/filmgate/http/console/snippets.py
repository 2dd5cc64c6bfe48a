"""A call of the API as a program: complete, without dependencies, to be copied and run as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import JsonValue

from filmgate.http.console.literals import (
    go_literal,
    java_literal,
    java_text,
    javascript_literal,
    json_text,
    php_literal,
    php_text,
    python_literal,
    shell_literal,
    shell_text,
)

_PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language that calls can be written in.

    `run` is the command for a program saved as `file_name`, with FILMGATE_API_KEY in its environment.
    `highlight` names the language as highlighters of code do. `literal` writes a JSON value, `text` a
    short text such as a URL, each as the programs hold it.
    """

    id: str
    name: str
    file_name: str
    run: str
    highlight: str
    literal: Callable[[JsonValue], str]
    text: Callable[[str], str]


LANGUAGES: Mapping[str, Language] = {
    language.id: language
    for language in (
        Language(
            id="curl",
            name="cURL",
            file_name="generate.sh",
            run="sh generate.sh",
            highlight="bash",
            literal=shell_literal,
            text=shell_text,
        ),
        Language(
            id="python",
            name="Python",
            file_name="generate.py",
            run="python3 generate.py",
            highlight="python",
            literal=python_literal,
            text=python_literal,
        ),
        Language(
            id="javascript",
            name="JavaScript",
            file_name="generate.mjs",
            run="node generate.mjs",
            highlight="javascript",
            literal=javascript_literal,
            text=javascript_literal,
        ),
        Language(
            id="java",
            name="Java",
            file_name="Generate.java",
            # Java 17 reads a source in the machine's own encoding unless told; later ones in UTF-8.
            run="java -Dfile.encoding=UTF-8 Generate.java",
            highlight="java",
            literal=java_literal,
            text=java_text,
        ),
        Language(
            id="go",
            name="Go",
            file_name="generate.go",
            run="go run generate.go",
            highlight="go",
            literal=go_literal,
            text=json_text,
        ),
        Language(
            id="php",
            name="PHP",
            file_name="generate.php",
            run="php generate.php",
            highlight="php",
            literal=php_literal,
            text=php_text,
        ),
    )
}


def snippet(language: Language, *, origin: str, body: Mapping[str, JsonValue]) -> str:
    """Return a program that posts this body to `/kling/videos` of `origin` and prints the clip's URL.

    The program takes its key from FILMGATE_API_KEY. An error ends it with the error's code and message
    and an exit status other than 0. Where the body asks for an asynchronous answer, the program asks for
    the task until it has ended. The text is code, not HTML: a page has to escape it.

    Raises:
        ValueError: the body holds a number that some language cannot carry: NaN, an infinity, or a whole
            number past ±(2⁵³ - 1).
    """
    program = _environment().get_template(f"{language.file_name}.j2")
    return program.render(
        origin=origin.rstrip("/"),
        body=language.literal(dict(body)),
        text=language.text,
        is_asynchronous=bool(body.get("async") or body.get("callback_url")),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PROGRAMS),
        autoescape=False,  # noqa: S701 - programs are no HTML; each language's own escapes are in `literals`.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
