"""Writes the README's picture: frames of clips that are made for it through the whole of Filmgate."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

_TARGET = Path(__file__).parent / "pictures" / "clips.jpg"
_WIDTH, _HEIGHT, _COLUMNS = 400, 225, 3
_CLIPS = (
    ("a cinematic sunset over the ocean", 7),
    ("a neon-lit city street at night in the rain", 7),
    ("flying above the clouds at sunset", 7),
    ("mountain peaks above a calm lake, clear golden hour", 3),
    ("northern lights over a snow plain, clear night", 7),
    ("desert dunes at golden hour, clear sky", 7),
    ("a wildflower meadow in the summer wind, golden hour", 7),
    ("sunbeams through a foggy forest", 7),
    ("a planet before a colourful nebula", 7),
)


def main() -> None:
    """Make the clips with the command that everybody has, and put one frame of each on a sheet."""
    frames = []
    with TemporaryDirectory() as folder:
        for prompt, seed in _CLIPS:
            clip = Path(folder) / f"{seed}.mp4"
            subprocess.run(
                [
                    *(sys.executable, "-m", "filmgate", "generate", prompt, "--model", "kling-v3"),
                    *("--duration", "3", "--seed", str(seed), "--output", str(clip)),
                ],
                check=True,
            )
            frames.append(_frame(clip, number=40))
            clip.unlink()
    rows = [np.hstack(frames[first : first + _COLUMNS]) for first in range(0, len(frames), _COLUMNS)]
    Image.fromarray(np.vstack(rows)).save(_TARGET, quality=88, optimize=True)


def _frame(clip: Path, *, number: int) -> npt.NDArray[np.uint8]:
    with av.open(str(clip)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == number:
                return np.asarray(frame.to_image().resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS))
    raise ValueError(f"{clip} has no frame {number}")


if __name__ == "__main__":
    main()
