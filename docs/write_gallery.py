"""Writes the gallery: every family of scenes at every time of day and in every weather."""

from itertools import product
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.mood import TimeOfDay, Weather
from filmgate.engines.animatic.prompts.reading import Reading, read
from filmgate.engines.animatic.scene import Pose, RGBFrame
from filmgate.engines.animatic.stage import Studio

_PAGE = Path(__file__).parent / "gallery.md"
_PICTURES = Path(__file__).parent / "pictures" / "gallery"
_CELL = (192, 108)
_HERO = (960, 540)
_FINER = 2
"""Cells are drawn so many times larger and scaled down, as they look in a clip of full size."""
_QUALITY = 84
_SEED = 7

_HEROES: dict[Family, tuple[str, str]] = {
    Family.OCEAN: ("Ocean", "a cinematic sunset over the ocean"),
    Family.MOUNTAINS: ("Mountains and a lake", "mountain peaks above a calm lake, clear golden hour"),
    Family.STREET: ("City street", "a neon-lit city street at night in the rain"),
    Family.FOREST: ("Forest", "sunbeams through a foggy forest at dawn"),
    Family.DUNES: ("Desert dunes", "desert dunes at golden hour, clear sky"),
    Family.MEADOW: ("Meadow", "a wildflower meadow in the summer wind, golden hour"),
    Family.SNOWFIELD: ("Snowfield and aurora", "northern lights over a snow plain, clear night"),
    Family.UNDERWATER: ("Underwater", "sunbeams over a coral reef, underwater"),
    Family.SPACE: ("Space", "a planet before a colourful nebula"),
    Family.CLOUDS: ("Above the clouds", "flying above the clouds at sunset"),
    Family.SILK: ("Silk", "abstract flowing silk, warm evening light"),
}


def main() -> None:
    """Draw everything; it takes some minutes."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    studio = Studio()
    sections = []
    for family, (title, prompt) in _HEROES.items():
        _save(_drawn(studio, read(prompt), _HERO), f"{family}.jpg")
        _save(_sheet(studio, family), f"{family}-moods.jpg")
        sections.append(
            f"## {title}\n\n`{prompt}`\n\n"
            f"![{title}](pictures/gallery/{family}.jpg)\n\n"
            f"![{title}, in every light and weather](pictures/gallery/{family}-moods.jpg)\n"
        )
        print(family, flush=True)
    _PAGE.write_text(_introduction() + "\n".join(sections))


def _introduction() -> str:
    times, weathers = ", ".join(TimeOfDay), ", ".join(Weather)
    return (
        "# Gallery\n\n"
        "What the [animatic engine](reference/animatic.md) films by itself, drawn by `make gallery` with "
        "nothing touched up: a prompt, its picture, and the same place at every time of day and in every "
        f"weather. Columns are {times}; rows are {weathers}.\n\n"
    )


def _sheet(studio: Studio, family: Family) -> RGBFrame:
    cells = [
        _cell(studio, read(f"{time}, {weather}"), family) for weather, time in product(Weather, TimeOfDay)
    ]
    width = len(TimeOfDay)
    rows = [np.hstack(cells[first : first + width]) for first in range(0, len(cells), width)]
    return np.vstack(rows)


def _cell(studio: Studio, reading: Reading, family: Family) -> RGBFrame:
    size = (_CELL[0] * _FINER, _CELL[1] * _FINER)
    large = _drawn(studio, Reading(family=family, mood=reading.mood), size)
    return np.asarray(cv2.resize(large, _CELL, interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(studio: Studio, reading: Reading, size: tuple[int, int]) -> RGBFrame:
    width, height = size
    scene = studio.scene(reading, width=width, height=height, seed=_SEED)
    frame = np.zeros((height, width, 3), np.uint8)
    scene.draw(frame, time=2.5, pose=Pose())
    return frame


def _save(picture: RGBFrame, name: str) -> None:
    Image.fromarray(picture).save(_PICTURES / name, quality=_QUALITY, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
