"""How fast the animatic engine films, as a ratio to encoding the same frames alone.

`python -m bench.renders` measures every family and stills at every size, and then two clips at once; names
and sizes may follow, as in `python -m bench.renders ocean still 720`.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image

from filmgate.engines.animatic.camera import CameraPath
from filmgate.engines.animatic.pictures.still import Still
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.animatic.prompts.reading import Reading, read
from filmgate.engines.animatic.scene import RGBFrame, Scene
from filmgate.engines.animatic.stage import Studio
from filmgate.engines.animatic.takes import Reel, Take
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.encoder import EncoderSettings, film

_SIZES = {720: (1280, 720, 60), 1080: (1920, 1080, 40), 2160: (3840, 2160, 16)}
"""Width, height and number of frames by short side."""
_NAMES = ["still", *(family.value for family in Family)]
_ROUNDS = 3
_AIMS = {720: 0.45, 1080: 0.60, 2160: 0.70}
_AIM_OF_STILLS = 0.75
_MOOD = "golden hour, scattered clouds, a light breeze"
_SETTINGS = EncoderSettings(threads=3)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Frames a second, end to end and of encoding alone, and the seconds until the first could be drawn."""

    filmed: float
    encoded: float
    bake: float


def main(arguments: Sequence[str]) -> None:
    """Print a line for each family and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    choices = [*_NAMES, *map(str, _SIZES)]
    parser.add_argument("chosen", nargs="*", metavar="name or size", help=", ".join(choices))
    chosen = parser.parse_args(arguments).chosen
    if strange := set(chosen) - set(choices):
        parser.error(f"{', '.join(sorted(strange))}: not among {', '.join(choices)}")
    names = [name for name in _NAMES if name in chosen] or _NAMES
    sizes = [size for size in _SIZES if str(size) in chosen] or list(_SIZES)
    cv2.setNumThreads(1)
    studio = Studio()
    for size in sizes:
        for name in names:
            measured = _measured(_builder(studio, name, size), size=size)
            aim = _AIM_OF_STILLS if name == "still" else _AIMS[size]
            ratio = measured.filmed / measured.encoded
            speeds = f"{measured.filmed:6.1f} frames/s, encoding alone {measured.encoded:6.1f}"
            verdict = f"ratio {ratio:.2f} (aim {aim:.2f}), bake {measured.bake:.2f} s"
            print(f"{name:<11} {size:>5}p  {speeds}, {verdict}", flush=True)
        if "still" in names:
            _print_zoompan(size)
    if not chosen:
        _print_side_by_side(studio)


def _builder(studio: Studio, name: str, size: int) -> Callable[[], Scene]:
    width, height, _ = _SIZES[size]
    if name == "still":
        return lambda: Still(_photograph(width, height), width=width, height=height)
    reading = Reading(family=Family(name), mood=read(_MOOD).mood)
    return lambda: studio.scene(reading, width=width, height=height, seed=7)


def _measured(build: Callable[[], Scene], *, size: int) -> Measured:
    width, height, n_frames = _SIZES[size]
    shape = ClipShape(width=width, height=height, fps=Fraction(30))
    started = time.perf_counter()
    scene = build()
    bake = time.perf_counter() - started
    reel = Reel([_take(scene, n_frames)], shape=shape)
    kept = [np.empty((height, width, 3), np.uint8) for _ in range(n_frames)]
    for number, frame in enumerate(kept):
        reel.draw(frame, number)

    def copied(frame: RGBFrame, number: int) -> None:
        np.copyto(frame, kept[number])

    # In turns, and the best of each: whatever else the machine does only makes a round slower.
    rounds = [
        (_seconds(copied, shape, n_frames), _seconds(reel.draw, shape, n_frames)) for _ in range(_ROUNDS)
    ]
    encoding, filming = (min(times) for times in zip(*rounds, strict=True))
    return Measured(filmed=n_frames / filming, encoded=n_frames / encoding, bake=bake)


def _take(scene: Scene, n_frames: int) -> Take:
    return Take(build=lambda: scene, path=CameraPath(duration=n_frames / 30), n_frames=n_frames)


def _seconds(draw: Callable[[RGBFrame, int], None], shape: ClipShape, n_frames: int) -> float:
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        film(Path(folder) / "clip.mp4", shape=shape, n_frames=n_frames, draw=draw, settings=_SETTINGS)
        return time.perf_counter() - started


def _print_zoompan(size: int) -> None:
    """Compare with the nearest that the ffmpeg program does to a still by itself, where there is one."""
    program = shutil.which("ffmpeg")
    if program is None:
        print(f"zoompan     {size:>5}p  not measured: the ffmpeg program is not installed")
        return
    width, height, n_frames = _SIZES[size]
    with TemporaryDirectory() as folder:
        still = Path(folder) / "still.png"
        Image.fromarray(_photograph(width, height)).save(still)
        middle = "x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'"
        move = f"zoompan=z='1+0.0006*on':{middle}:d={n_frames}:s={width}x{height}:fps=30"
        command = [program, "-v", "error", "-y", "-i", str(still), "-vf", move, "-c:v", "libx264"]
        command += ["-preset", "veryfast", "-crf", "20", "-threads", "3", "-pix_fmt", "yuv420p"]
        shape = ClipShape(width=width, height=height, fps=Fraction(30))

        def ours() -> float:
            scene = Still(_photograph(width, height), width=width, height=height)
            return _seconds(Reel([_take(scene, n_frames)], shape=shape).draw, shape, n_frames)

        rounds = [(_run([*command, f"{folder}/clip.mp4"]), ours()) for _ in range(_ROUNDS)]
    theirs, mine = (min(times) for times in zip(*rounds, strict=True))
    ratio = f"a still of ours ratio {theirs / mine:.2f} (aim 1.00)"
    print(f"zoompan     {size:>5}p  {n_frames / theirs:6.1f} frames/s; {ratio}")


def _run(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def _print_side_by_side(studio: Studio) -> None:
    """Compare two clips at once with one after the other."""
    width, height, n_frames = _SIZES[720]
    shape = ClipShape(width=width, height=height, fps=Fraction(30))
    scenes = [_builder(studio, "ocean", 720)() for _ in range(2)]
    reels = [Reel([_take(scene, n_frames)], shape=shape) for scene in scenes]
    started = time.perf_counter()
    for reel in reels:
        _seconds(reel.draw, shape, n_frames)
    in_turn = time.perf_counter() - started
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda reel: _seconds(reel.draw, shape, n_frames), reels))
    at_once = time.perf_counter() - started
    print(
        f"two clips at once take {at_once / in_turn:.2f} of the time of one after the other (aim at most 1)"
    )


def _photograph(width: int, height: int) -> RGBFrame:
    """Return a picture with detail at all sizes, as photographs have it."""
    random = np.random.default_rng(1)
    picture = np.zeros((height, width, 3), np.float32)
    grain = 256
    while grain >= 1:
        coarse = random.standard_normal((height // grain + 2, width // grain + 2, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * grain**0.8
        grain //= 2
    picture = 128 + picture * (40 / picture.std())
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


if __name__ == "__main__":
    main(sys.argv[1:])
