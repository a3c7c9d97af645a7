"""The verbs of the control API: one table for the server and its description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from mock_exchanges.control import PREFIX, models
from mock_exchanges.faults import AnyFault
from mock_exchanges.scenario import Scenario
from mock_exchanges.scenario.edits import MarketEdit


@dataclass(frozen=True, slots=True)
class Route:
    """One verb: ``name`` is the method of `Desk` that answers it.

    ``body`` is what it takes as JSON, ``query`` its query, ``answer`` the model of its
    answer (None: JSON lines, or free JSON).
    """

    method: str
    path: str
    name: str
    about: str
    answer: type[BaseModel] | None = None
    body: Any = None
    query: type[BaseModel] | None = None
    status: int = 200

    def fits(self, path: str) -> dict[str, str] | None:
        """Return what a path has in place of the names in braces, or None."""
        mine, theirs = self.path.split("/"), path.split("/")
        if len(mine) != len(theirs):
            return None
        found: dict[str, str] = {}
        for wanted, given in zip(mine, theirs, strict=True):
            if wanted.startswith("{"):
                found[wanted.strip("{}")] = given
            elif wanted != given:
                return None
        return found


def _route(method: str, path: str, name: str, about: str, **more: Any) -> Route:
    return Route(method, PREFIX + path, name, about, **more)


ROUTES: tuple[Route, ...] = (
    _route("GET", "", "index", "What there is.", answer=models.Index),
    _route("GET", "/health", "health", "How the mock exchange is; 503 if it broke.",
           answer=models.Health),
    _route("GET", "/faults", "faults", "The faults at work.", answer=models.Faults),
    _route("POST", "/faults", "add_fault", "Let something go wrong from now on.",
           answer=models.FaultAtWork, body=AnyFault, status=201),
    _route("DELETE", "/faults", "clear_faults", "Let everything go right again.",
           answer=models.Removed),
    _route("GET", "/faults/kinds", "fault_kinds", "What can go wrong.", answer=models.FaultKinds),
    _route("DELETE", "/faults/{number}", "remove_fault", "Take one fault away.",
           answer=models.FaultAtWork),
    _route("GET", "/scenarios", "scenarios", "The ready scenarios.", answer=models.Scenarios),
    _route("GET", "/scenario", "playing", "The scenarios that are being played.",
           answer=models.Playing),
    _route("POST", "/scenario", "play", "Play a ready scenario, by name, or one given whole.",
           answer=models.Playing, body=models.ReadyScenario | Scenario, status=201),
    _route("DELETE", "/scenario", "end_scenario", "Take away what scenarios let go wrong.",
           answer=models.Removed),
    _route("GET", "/clock", "clock", "The clock of the exchange.", answer=models.ClockState),
    _route("POST", "/clock", "set_clock", "Freeze, run, step or move the clock.",
           answer=models.ClockState, body=models.ClockChange),
    _route("GET", "/market", "market", "What is listed, and what was done to the market.",
           answer=models.MarketState),
    _route("POST", "/market", "edit_market", "Change the market from now on.",
           answer=models.MarketState, body=MarketEdit, status=201),
    _route("DELETE", "/market", "reset_market", "Take all market edits back.",
           answer=models.Removed),
    _route("GET", "/candles", "candles", "The true candles, to compare with.",
           answer=models.LedgerCandles, query=models.CandleQuery),
    _route("GET", "/connections", "connections", "The open WebSocket connections.",
           answer=models.Connections),
    _route("DELETE", "/connections", "end_connections", "End every connection now.",
           answer=models.Ended, query=models.EndQuery),
    _route("DELETE", "/connections/{number}", "end_connection", "End one connection now.",
           answer=models.Ended, query=models.EndQuery),
    _route("GET", "/journal", "journal",
           "What happened, as JSON lines; the header Mock-Journal-Next is what to ask after next.",
           query=models.JournalQuery),
    _route("POST", "/wait", "wait", "Answer when something happened; 408 if it did not in time.",
           answer=models.Waited, body=models.Wait),
    _route("POST", "/reset", "reset", "Begin anew: no faults, connections, edits, or journal.",
           answer=models.Health, body=models.Nothing),
    _route("GET", "/openapi.json", "openapi", "This API as OpenAPI 3.1."),
)  # fmt: skip
