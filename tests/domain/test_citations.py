"""Citations name what was given; they are no words."""

from filmgate.domain.citations import without_citations


def test_what_is_left_of_a_prompt_are_its_own_words() -> None:
    prompt = "<<<element_1>>> meets <<<image_12>>> at the <<< video_1 >>>sea"

    assert without_citations(prompt).split() == ["meets", "at", "the", "sea"]


def test_a_prompt_without_citations_is_left_alone() -> None:
    assert without_citations("a < b, <<image>> and element_1") == "a < b, <<image>> and element_1"
