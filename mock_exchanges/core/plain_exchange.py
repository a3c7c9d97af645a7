"""What exchanges are put together from alike (see core.exchange.Exchange)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market


class Facts(Protocol):
    """What every profile has."""

    @property
    def intervals(self) -> Mapping[str, Grid]:
        """The intervals by the exchange's names."""


class Budget(Protocol):
    """What counts against clients, and can be told not to."""

    limited: bool


class Answers(Protocol):
    """The REST side."""

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises."""


FactsT = TypeVar("FactsT", bound=Facts)
BudgetT = TypeVar("BudgetT", bound=Budget)
AnswersT = TypeVar("AnswersT", bound=Answers)


class PlainExchange(Generic[FactsT, BudgetT, AnswersT]):
    """An exchange of a profile, a budget and a REST side.

    ``limits`` may be set at any time, for connections made from then on: without
    limits nothing is counted against a client. Who inherits adds name, `connect`,
    `stream` and `samples`.
    """

    def __init__(
        self,
        market: Market,
        journal: Journal,
        profile: FactsT,
        budget: BudgetT,
        rest: AnswersT,
        limits: bool,
    ) -> None:
        self.market = market
        self.journal = journal
        self.profile = profile
        self._budget = budget
        self._rest = rest
        self.limits = limits

    @property
    def limits(self) -> bool:
        """Whether clients are held to the rate limits."""
        return self._budget.limited

    @limits.setter
    def limits(self, limited: bool) -> None:
        self._budget.limited = limited

    def request(self, request: Request, now_ms: int) -> Response:
        """Answer a REST request."""
        return self._rest.answer(request, now_ms)

    def intervals(self) -> Mapping[str, Grid]:
        """Return the intervals by the exchange's names."""
        return self.profile.intervals
