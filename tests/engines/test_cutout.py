"""Subjects are taken out of their pictures whole, and without their backgrounds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmgate.domain.errors import InvalidRequest
from filmgate.engines.animatic.casting.cutout import Cutout, open_cutout
from tests.engines.subjects import RED, a_subject


def cut(path: Path, *, longest_side: int = 2000) -> Cutout:
    """Open a picture of an element."""
    return open_cutout(path, field="element_list[0].image_url", longest_side=longest_side)


@pytest.mark.parametrize("backdrop", ["clear", "white"])
def test_a_figure_is_cut_out_along_its_outline_with_no_hole_in_it(tmp_path: Path, backdrop: str) -> None:
    cutout = cut(a_subject(tmp_path / "figure.png", backdrop=backdrop))

    rows, columns = cutout.opacity.shape
    assert cutout.has_outline
    # The figure is 101 wide and, with its head, 310 high; its edges may be soft.
    assert abs(columns - 101) <= 6
    assert abs(rows - 310) <= 6
    assert cutout.opacity[rows // 3 : -8, 8:-8].min() == 255


def test_soft_edges_have_the_colour_of_the_figure_and_not_of_the_wall(tmp_path: Path) -> None:
    cutout = cut(a_subject(tmp_path / "figure.png", backdrop="white"))

    soft = (cutout.opacity > 20) & (cutout.opacity < 235)
    assert soft.sum() > 200
    assert np.abs(cutout.colour[soft].astype(int) - RED).mean() < 30


def test_a_busy_picture_becomes_an_oval_with_soft_edges(tmp_path: Path) -> None:
    cutout = cut(a_subject(tmp_path / "figure.png", backdrop="busy"))

    rows, columns = cutout.opacity.shape
    assert not cutout.has_outline
    assert cutout.opacity[rows // 2, columns // 2] == 255
    assert cutout.opacity[0, 0] == cutout.opacity[-1, -1] == 0
    assert np.abs(np.diff(cutout.opacity.astype(int), axis=1)).max() < 40


def test_a_large_picture_is_made_smaller_without_dark_or_bright_fringes(tmp_path: Path) -> None:
    path = a_subject(tmp_path / "figure.png", size=(1200, 1600))

    cutout = cut(path, longest_side=400)

    seen = cutout.opacity > 60
    assert max(cutout.opacity.shape) <= 400
    assert np.all(cutout.colour[seen][:, 0] > 180)


def test_a_picture_that_shows_nothing_is_refused_by_its_field(tmp_path: Path) -> None:
    path = tmp_path / "nothing.png"
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(path)

    with pytest.raises(InvalidRequest, match=r"element_list\[0\].image_url is transparent everywhere"):
        cut(path)
