"""Prompts may cite what was given with them: `<<<image_1>>>`, `<<<video_1>>>`, `<<<element_2>>>`."""

import re
from collections.abc import Iterator

from filmgate.domain.errors import Objection
from filmgate.domain.requests import GenerationRequest
from filmgate.domain.wording import counted, shown

_CITATION = re.compile(r"<<<\s*(image|video|element|voice)_([0-9]+)\s*>>>")


def citation_objections(request: GenerationRequest) -> Iterator[Objection]:
    """Name every citation of something that was not given, once for each field.

    Pictures count from 1: the start picture, the end picture, then `image_list` in its order.
    """
    frames = (request.start_image is not None) + (request.end_image is not None)
    given = {
        "image": frames + len(request.images),
        "video": len(request.videos),
        "element": len(request.elements),
        # Voices are cited in this family too, but none can be given here.
        "voice": 0,
    }
    for field, text in _texts(request):
        for kind, number in dict.fromkeys(_CITATION.findall(text)):
            # Longer numbers are not converted: no list is that long, and huge ones cost time.
            if len(number) > 4 or not 1 <= int(number) <= given[kind]:
                cited = shown(f"<<<{kind}_{number}>>>")
                message = (
                    f"{field} cites {cited}, but {counted(given[kind], kind)} "
                    f"{'was' if given[kind] == 1 else 'were'} given; citations count from 1."
                )
                yield Objection(field, cited, message)


def without_citations(text: str) -> str:
    """Return what a prompt says in words of its own."""
    return _CITATION.sub(" ", text)


def _texts(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    yield "prompt", request.prompt
    yield "negative_prompt", request.negative_prompt or ""
    for position, shot in enumerate(request.shots):
        yield f"multi_prompt[{position}].prompt", shot.prompt
