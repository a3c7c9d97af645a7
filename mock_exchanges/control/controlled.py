"""What the control API commands, as far as it needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.faults import Fault
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.scenario import Scenario
from mock_exchanges.scenario.edits import MarketEdit


class Clock(Protocol):
    """The clock, as far as the API needs it."""

    @property
    def rate(self) -> float: ...

    def run(self, rate: float) -> None: ...

    def move_to(self, at_ms: int) -> None: ...


class Controlled(Protocol):
    """What the API commands: a mock exchange."""

    exchange: Exchange
    engine: Engine
    market: Market
    faults: list[ActiveFault]

    @property
    def journal(self) -> Journal: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def failure(self) -> Exception | None: ...

    @property
    def scenarios(self) -> Sequence[Scenario]: ...

    @property
    def scenario_faults(self) -> Sequence[ActiveFault]: ...

    def now_ms(self) -> int: ...

    def add_fault(self, fault: Fault) -> ActiveFault: ...

    def remove_fault(self, fault: Fault | ActiveFault) -> None: ...

    def clear_faults(self) -> None: ...

    def play(self, scenario: Scenario | str) -> Scenario: ...

    def end_scenario(self) -> None: ...

    def edit_market(self, edit: MarketEdit) -> None: ...

    def step(self, seconds: float) -> None: ...

    def to_next_close(self, interval: str = "1m") -> int: ...

    def end_connections(self, action: Close | Drop, number: int | None = None) -> int: ...

    def reset(self) -> None: ...
