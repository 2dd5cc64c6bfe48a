"""Cells that look random, and rings of drops on them: what `ripples.h` does, in NumPy."""

from typing import Any

import numpy as np

from filmgate.engines.animatic.kernels.shading import Levels, Scalars


def scramble(across: Scalars, up: Scalars, seed: Any) -> Levels:
    """Return 32 bits that look random for each cell and seed, as unsigned integers."""
    seed = np.asarray(seed).astype(np.uint32)
    h = across.astype(np.int32).view(np.uint32) * np.uint32(0x9E3779B1)
    return shuffled(h ^ up.astype(np.int32).view(np.uint32) * np.uint32(0x85EBCA77) ^ seed)


def shuffled(h: Levels) -> Levels:
    """Return 32 bits that look random for numbers that do so in their lower bits alone."""
    h = (h ^ h >> 15) * np.uint32(0x2C1B3C6D)
    h = (h ^ h >> 12) * np.uint32(0x297A2D39)
    return np.asarray(h ^ h >> 15)


def chance(h: Levels, byte: int) -> Scalars:
    """Return one byte of the bits, from 0 to 1."""
    return np.asarray((h >> (8 * byte) & 255).astype(np.float32) * np.float32(1 / 255))


def rings(x: Scalars, z: Scalars, cells: float, moment: float, seed: int) -> tuple[Scalars, Scalars]:
    """Return the slopes of the rings that drops draw on water, at most one in each cell of a grid."""
    u, v = x * np.float32(cells), z * np.float32(cells)
    cell_u, cell_v = np.floor(u), np.floor(v)
    bits = scramble(cell_u, cell_v, seed)
    turn = np.float32(moment) * (0.9 + 0.5 * chance(bits, 3)) + chance(bits, 0) * 7
    age = turn - np.floor(turn)
    du, dv = u - cell_u - 0.3 - 0.4 * chance(bits, 1), v - cell_v - 0.3 - 0.4 * chance(bits, 2)
    apart = np.sqrt(du * du + dv * dv + 1e-4)
    wave = (apart - 0.3 * age) * 14
    slope = wave * np.maximum(1 - wave**2, 0) * (1 - age) / apart
    return du * slope, dv * slope
