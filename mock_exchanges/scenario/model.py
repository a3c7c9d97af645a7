"""A scenario: faults and market edits that belong together, under a name, with their source."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from mock_exchanges.faults import AnyFault, Fault
from mock_exchanges.scenario.edits import MarketEdit


class Scenario(BaseModel):
    """What happens at an exchange. Faults act in the order in which they are written.

    ``Scenario.of(CloseNoFrame().after_candles(3), ...)`` is the short form in Python;
    a file has the same fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(default="", description="what it is called")
    about: str = Field(default="", description="one sentence: what happens")
    sources: tuple[str, ...] = Field(
        default=(), description="where it happened, or the document that says that it does"
    )
    exchange: str = Field(
        default="", description="the exchange that it needs; any exchange if left out"
    )
    seed: int | None = Field(
        default=None, description="seed of what is left to chance; the market's if left out"
    )
    market: tuple[MarketEdit, ...] = Field(default=(), description="what is done to the market")
    faults: tuple[AnyFault, ...] = Field(default=(), description="what goes wrong")
    replay: str | None = Field(
        default=None, description="a journal to play again, a file beside this one"
    )

    @classmethod
    def of(cls, *faults: Fault, name: str = "", seed: int | None = None) -> Self:
        """Return the scenario of some faults."""
        return cls(name=name, seed=seed, faults=faults)
