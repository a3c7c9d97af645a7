"""What is made of the listed pairs, and made anew when another one is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from mock_exchanges.core.pair import Pair

T = TypeVar("T")


class Following(Generic[T]):
    """A value that follows the pairs of a market."""

    def __init__(self, pairs: Mapping[str, Pair], make: Callable[[Mapping[str, Pair]], T]) -> None:
        self._pairs = pairs
        self._make = make
        self._seen = tuple(pairs.values())
        self._value = make(pairs)

    def get(self) -> T:
        """Return the value for the pairs as they are listed now."""
        seen = tuple(self._pairs.values())
        if seen != self._seen:
            self._seen, self._value = seen, self._make(self._pairs)
        return self._value
