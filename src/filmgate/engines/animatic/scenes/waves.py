"""The sea's surface: slopes of waves that travel as those of deep water do."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import scipy.fft

from filmgate.engines.animatic.kernels.waves import N_ROUGH, ROUGH_FIRST_OCTAVE, STEP, WIND, ZERO, Layer
from filmgate.engines.animatic.textures import Floats, Texels, packed, rows_halved

SIDE = 256
_GRAVITY = 9.81
_N_LEVELS = 8


class WaveField:
    """A patch of `patch` metres of sea, which repeats at its edges.

    The spectrum is Phillips's (Tessendorf, "Simulating Ocean Water", 2001, section 4.3) under a wind of
    `wind` metres a second, without waves longer than `longest` metres; those shorter than about six times
    `finest` metres, by default as short as the patch can hold, are smoothed away. `lost` holds, for each
    level, the share of the mean square slope that the level no longer resolves; shape (8,).
    """

    def __init__(
        self,
        *,
        patch: float,
        wind: float,
        longest: float,
        random: np.random.Generator,
        finest: float | None = None,
    ) -> None:
        spacing = patch / SIDE
        kx, kz = np.meshgrid(
            2 * np.pi * np.fft.fftfreq(SIDE, spacing), 2 * np.pi * np.fft.fftfreq(SIDE, spacing)
        )
        k = np.hypot(kx, kz)
        k[0, 0] = 1.0
        spectrum = _phillips(kx, kz, k, wind=wind, finest=patch / 1500 if finest is None else finest)
        spectrum[k < 2 * np.pi / longest] = 0.0
        spectrum[0, 0] = 0.0
        noise = random.standard_normal((2, SIDE, SIDE))
        amplitude = np.sqrt(spectrum / 2) * (noise[0] + 1j * noise[1])
        # The height is real, so half of the plane says it all; each slope is one real transform of that half.
        half = SIDE // 2 + 1
        self._forth = amplitude[:, :half].astype(np.complex64)
        self._back = np.conj(np.roll(amplitude[::-1, ::-1], 1, axis=(0, 1)))[:, :half].astype(np.complex64)
        self._frequency = np.sqrt(_GRAVITY * k[:, :half]).astype(np.float32)
        self._along_x = (1j * kx[:, :half]).astype(np.complex64)
        self._along_z = (1j * kz[:, :half]).astype(np.complex64)
        self._scale = 1.0
        self._scale = float((self.finest(0.0) ** 2).sum(axis=2).mean() ** -0.5)
        kept = [
            float((level**2).sum(axis=2).mean())
            for level in rows_halved(self.finest(0.0), n_levels=_N_LEVELS)
        ]
        self.lost = np.maximum(0.0, 1 - np.array(kept, np.float32))

    def slopes(self, time: float) -> Texels:
        """Return the slopes along x and z after `time` seconds, all levels below one another.

        Shape (512, 256), packed from `ZERO` in `STEP`; the finest level's mean square slope is 1 over both
        axes at time 0.
        """
        return packed(rows_halved(self.finest(time), n_levels=_N_LEVELS), zero=ZERO, step=STEP)

    def finest(self, time: float) -> Floats:
        """Return the slopes along x and z after `time` seconds; shape (256, 256, 2)."""
        phase = self._frequency * np.float32(time)
        turn = np.empty(phase.shape, np.complex64)
        np.cos(phase, out=turn.real)
        np.sin(phase, out=turn.imag)
        height = self._forth * turn + self._back * np.conj(turn)
        height *= np.float32(self._scale)
        finest = np.empty((SIDE, SIDE, 2), np.float32)
        finest[:, :, 0] = scipy.fft.irfft2(height * self._along_x, s=(SIDE, SIDE), workers=1)
        finest[:, :, 1] = scipy.fft.irfft2(height * self._along_z, s=(SIDE, SIDE), workers=1)
        return finest


def _phillips(
    kx: npt.NDArray[np.float64],
    kz: npt.NDArray[np.float64],
    k: npt.NDArray[np.float64],
    *,
    wind: float,
    finest: float,
) -> npt.NDArray[np.float64]:
    largest = wind**2 / _GRAVITY
    along = (kx * WIND[0] + kz * WIND[1]) / k
    directed: npt.NDArray[np.float64] = (
        np.exp(-1 / (k * largest) ** 2) / k**4 * (0.15 + along**2) * np.exp(-((k * finest) ** 2))
    )
    return directed


def roughness_of(layers: Iterable[tuple[WaveField, Layer, float]]) -> list[float]:
    """Return the deviation of the slopes that footprints of each size hide; see `OceanView.rough`.

    Each layer has its waves, its place, and the strength of its slopes.
    """
    octaves = ROUGH_FIRST_OCTAVE + (np.arange(N_ROUGH) + 0.5) / 4
    hidden = np.zeros(N_ROUGH)
    for field, layer, strength in layers:
        # A level serves footprints from one of its texels to two: half an octave more, in the middle.
        level = octaves + np.log2(layer.scale) - 0.5
        hidden += strength**2 * np.interp(level, np.arange(len(field.lost)), field.lost)
    return [float(deviation) for deviation in np.sqrt(hidden)]
