"""Compiled blocks; the compiler takes longer than all other tests of the folder."""

import numpy as np
import pytest

from filmgate.engines.diffusion.models.opening import open_model
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.test_speed import footage, opened
from tests.diffusion.tiny import a_scene, on_processor, tiny


# PyTorch's compiler imports what PyTorch has deprecated.
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_compiled_blocks_film_alternating_shapes_as_the_plain_ones_do(checkpoint: Checkpoint) -> None:
    name = "wan2.1-t2v-1.3b"
    plain = opened(checkpoint, name, "plain", steps=2)
    compiled = open_model(tiny(name), on_processor(checkpoint(name), compile=True))
    scenes = [a_scene(), a_scene(width=32, height=64, n_frames=5), a_scene()]

    films = [footage(compiled, scene) for scene in scenes]

    assert np.array_equal(films[0], films[2])
    for film, scene in zip(films, scenes, strict=True):
        assert np.abs(film.astype(int) - footage(plain, scene)).max() <= 2
