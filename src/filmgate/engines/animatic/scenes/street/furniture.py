"""What stands along a street and hangs over it: lamps with their light, trees, and lanterns."""

from collections.abc import Iterator

import numpy as np

from filmgate.engines.animatic.scenes.street.measures import (
    CROSSING,
    FRONT,
    GLOW,
    ROAD_MIDDLE,
    Emitter,
    Panel,
    picture,
)
from filmgate.engines.animatic.scenes.street.pictures import Cut


def furniture(
    random: np.random.Generator, cuts: dict[str, list[Cut]], emitters: list[Emitter], *, cones: float
) -> Iterator[tuple[float, Panel]]:
    """Yield lamps, trees and lanterns."""
    for number in range(13):
        for side in (-1, 1):
            ahead = 13.5 + number * 18 + side * 4.5
            yield from _lamp(cuts, emitters, side=side, ahead=ahead, cones=cones)
            if random.random() < 0.6 and not CROSSING[0] - 3 < ahead + 9 < CROSSING[1] + 3:
                size = random.uniform(5.2, 7.2)
                x = ROAD_MIDDLE + side * 6.9
                cut = cuts["tree"][int(random.integers(len(cuts["tree"])))]
                yield (
                    ahead + 9,
                    picture(cut, left=x - size / 2, bottom=0, ahead=ahead + 9, width=size, height=size),
                )
    for ahead in (19.0, 33.5, 47.0, 72.0, 90.0, 118.0):
        width = 2 * FRONT
        cut = cuts["lanterns"][int(random.integers(2))]
        bottom = random.uniform(6.4, 8.2)
        yield (
            ahead,
            picture(cut, left=ROAD_MIDDLE - FRONT, bottom=bottom, ahead=ahead, width=width, height=4.4),
        )
        emitters.append(Emitter(place=(ROAD_MIDDLE, bottom, ahead), colour=(1.0, 0.5, 0.22), strength=1.6))


def _lamp(
    cuts: dict[str, list[Cut]], emitters: list[Emitter], *, side: int, ahead: float, cones: float
) -> Iterator[tuple[float, Panel]]:
    # The picture's post is at 108 of its 128 columns and its light at 26.
    width, height = 2.0, 8.0
    post = ROAD_MIDDLE + side * 6.15
    left = post - side * width * 108 / 128
    head = post - side * width * 82 / 128
    way = (float(side), 0.0, 0.0)
    yield (
        ahead,
        picture(cuts["post"][0], left=left, bottom=0, ahead=ahead, width=width, height=height, across=way),
    )
    light = height * (1 - 25 / 512)
    wide = 6.4
    cone = picture(
        cuts["cone"][0], left=head - wide / 2, bottom=0.3, ahead=ahead - 0.01, width=wide, height=light - 0.2,
        tint=(cones, cones, cones),
    )  # fmt: skip
    cone["kind"] = GLOW
    yield ahead - 0.01, cone
    glow = 0.35 + 0.65 * cones
    yield ahead - 0.02, picture(
        cuts["halo"][0], left=head - 1.1, bottom=light - 1.1, ahead=ahead - 0.02, width=2.2, height=2.2,
        tint=(glow, glow, glow),
    )  # fmt: skip
    emitters.append(Emitter(place=(head, light - 0.3, ahead), colour=(1.0, 0.76, 0.46), strength=3.4))
