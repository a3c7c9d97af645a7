"""Whether a scenario can happen at an exchange, before any of it does."""

from __future__ import annotations

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.scenario.edits import ListPair
from mock_exchanges.scenario.model import Scenario


def check(scenario: Scenario, exchange: Exchange, market: Market) -> None:
    """Raise ValueError if a scenario is for another exchange, or about a pair not listed."""
    if scenario.exchange not in ("", exchange.name):
        raise ValueError(
            f"scenario {scenario.name!r} is for {scenario.exchange!r}, not for {exchange.name!r}"
        )
    listed = set(market.pairs)
    for edit in scenario.market:
        if isinstance(edit, ListPair):
            listed.add(edit.pair)
        elif edit.pair is not None and edit.pair not in listed:
            near = nearest(edit.pair, sorted(listed))
            hint = f"; did you mean {near!r}?" if near else ""
            raise ValueError(
                f"scenario {scenario.name!r}: market edit {edit.edit!r}: pair is "
                f"{edit.pair!r}, which is not listed{hint}"
            )
