"""Channels: which exist, and what was probably meant by those that do not."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from mock_exchanges.core.nearest import nearest
from mock_exchanges.demo import errors, requests, wire
from mock_exchanges.demo.profile import Profile


class Channels:
    """The candle channels of the listed pairs."""

    def __init__(self, pairs: Collection[str], profile: Profile) -> None:
        self._pairs = pairs
        self._profile = profile

    def find(self, item: Any) -> str:
        """Return the name of the channel that a request's item means.

        Raises DemoError for one that there is not.
        """
        pair, interval = requests.wanted(item)
        if pair not in self._pairs:
            raise errors.unknown_pair(requests.shown(pair))
        if interval not in self._profile.intervals:
            raise errors.unknown_interval(requests.shown(interval))
        if interval not in self._profile.streamed:
            raise errors.not_streamed(interval)
        return wire.channel(pair, interval)

    def parts(self, channel: str) -> tuple[str, str] | None:
        """Return (pair, interval) of a channel's exact name, or None."""
        kind, _, rest = channel.partition(".")
        interval, _, pair = rest.partition(".")
        if kind != "candle" or pair not in self._pairs or interval not in self._profile.streamed:
            return None
        return pair, interval

    def explain(self, item: Any) -> str:
        """Return the nearest channel that there is, as a hint, or nothing."""
        try:
            pair, interval = requests.wanted(item)
        except errors.DemoError:
            text = item if isinstance(item, str) else ""
            known = [wire.channel(p, i) for p in self._pairs for i in self._profile.streamed]
            near = nearest(text, known) or known[0]
        else:
            known_plain = {re.sub(r"\W", "", name): name for name in self._pairs}
            plain = nearest(re.sub(r"\W", "", pair.upper()), known_plain)
            near_pair = known_plain[plain] if plain else next(iter(self._pairs))
            near_interval = nearest(interval, self._profile.streamed) or self._profile.streamed[0]
            near = wire.channel(near_pair, near_interval)
        return f"; nearest is {near!r}"
