"""How the control API tells what it knows: the mock's own values as models."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from mock_exchanges.control import models
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.candle import Candle, fixed
from mock_exchanges.core.journal import Entry
from mock_exchanges.faults import Fault, union
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.scenario import Scenario


def ending(query: models.EndQuery) -> Close | Drop:
    """Return how a connection is to end."""
    if query.how is not None:
        return Drop(query.how)
    return Close(1001 if query.code is None else query.code, query.reason)


def at_work(active: ActiveFault) -> models.FaultAtWork:
    """Return a fault at work, as it is told."""
    return models.FaultAtWork(
        number=active.number,
        fault=active.fault,
        about=type(active.fault).sentence(),
        struck=active.struck,
        over=active.over,
        begun=[at_work(child) for child in active.children],
    )


@cache
def _schemas() -> dict[str, Any]:
    """Return the JSON schemas of all faults; made together, for that takes its time."""
    found: dict[str, Any] = TypeAdapter(union()).json_schema()["$defs"]
    return found


def kind(fault: type[Fault]) -> models.FaultKind:
    """Return a kind of fault, as it is told."""
    # without those of the others, which it can hold: each kind has its own
    schema = {**_schemas()[fault.__name__]}
    own = {**schema["properties"]}
    own["then"] = {**own["then"], "items": {"type": "object", "description": "a fault"}}
    schema["properties"] = own
    fields = [
        models.FaultField(
            name=name,
            about=field.description or "",
            default=own.get(name, {}).get("default"),
            scope=name in Fault.model_fields,
        )
        for name, field in fault.model_fields.items()
        if name != "fault"
    ]
    return models.FaultKind(
        name=fault.kind(),
        family=fault.family(),
        about=fault.sentence(),
        fields=fields,
        json_schema=schema,
    )


def info(scenario: Scenario) -> models.ScenarioInfo:
    """Return a scenario in short."""
    return models.ScenarioInfo(
        name=scenario.name,
        about=scenario.about,
        exchange=scenario.exchange,
        sources=list(scenario.sources),
    )


def ledger_candle(candle: Candle) -> models.LedgerCandle:
    """Return a candle of the ledger, as it is told."""

    def price(value: int) -> str:
        return fixed(value, candle.price_digits, candle.price_digits)

    return models.LedgerCandle(
        open_ms=candle.open_ms,
        end_ms=candle.end_ms,
        open=price(candle.open),
        high=price(candle.high),
        low=price(candle.low),
        close=price(candle.close),
        volume=fixed(candle.volume, candle.volume_digits, candle.volume_digits),
        quote_volume=fixed(candle.quote_volume, candle.quote_digits, candle.quote_digits),
        trades=candle.trades,
        closed=candle.closed,
    )


def entries(entries: Iterable[Entry]) -> list[models.JournalEntry]:
    """Return journal entries, as they are told."""
    return [models.JournalEntry.model_validate(entry._asdict()) for entry in entries]


def date(at_ms: int) -> str:
    """Return a date (epoch milliseconds) as ISO 8601, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
