"""Randomness with an address: the same key, tag and index give the same numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from math import isqrt

_address = struct.Struct("<HqI").pack
_words = struct.Struct("<32H").unpack

OCTAVES = 12
# A walk strays with the square root of time, so an octave of 2**j days weighs sqrt(2**j).
# Scaled by 2**8 because `isqrt` cuts.
_WEIGHTS = tuple(isqrt(1 << (16 + j)) for j in range(OCTAVES))
# Chosen so that prices move some 2 to 4 percent a day.
_SCALE = 330_000_000


def key_of(seed: int, name: str) -> bytes:
    """Return the key under which a pair draws all its numbers."""
    return blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()


def draw(key: bytes, tag: int, index: int, part: int = 0) -> tuple[int, ...]:
    """Return 32 numbers of 16 bits."""
    return _words(blake2b(_address(tag, index, part), key=key).digest())


class Walk:
    """A price that wanders around a level and never reaches zero.

    Octaves of value noise, from one day to 2**11 days, are summed, so that the price
    of any day costs the same and none needs the days before it.
    """

    def __init__(self, key: bytes, tag: int, level: int) -> None:
        self._key = key
        self._tag = tag
        self._level = level
        self._knot: Callable[[int, int], int] = lru_cache(16_384)(self._draw_knot)

    def _draw_knot(self, octave: int, index: int) -> int:
        return draw(self._key, self._tag + octave, index)[0] - 32_768

    def at(self, day: int) -> int:
        """Return the price at the beginning of ``day`` (days since the epoch), in ticks."""
        total = 0
        for octave, weight in enumerate(_WEIGHTS):
            index = day >> octave
            part = day - (index << octave)
            value = self._knot(octave, index)
            if part:
                value += (self._knot(octave, index + 1) - value) * part >> octave
            total += value * weight
        # Up adds, down divides: as far down as up, and positive however far.
        if total >= 0:
            return self._level + self._level * total // _SCALE
        return self._level * _SCALE // (_SCALE - total)
