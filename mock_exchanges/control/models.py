"""What passes over the control API: one set of models for server, client, CLI and OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mock_exchanges.core.journal import Kind
from mock_exchanges.faults import AnyFault

YEAR_S = 366 * 86_400
MOST_CANDLES = 1_000
MOST_ENTRIES = 10_000

KINDS: tuple[str, ...] = get_args(Kind)


class _Said(BaseModel):
    """What a client says: unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Told(BaseModel):
    """What the mock answers: a later version may tell more."""

    model_config = ConfigDict(frozen=True)


# -- what is answered


class Failure(_Told):
    """Why a request was refused; nothing has been changed."""

    code: str = Field(description="stable name of the error, such as unknown-fault")
    message: str = Field(description="what is wrong: the field, its value, what was expected")
    hint: str = Field(default="", description="what would be right, such as the nearest name")
    field: str = Field(default="", description="the field that is wrong, such as then[0].status")


class Link(_Told):
    """One verb of the API."""

    method: str = Field(description="HTTP method")
    path: str = Field(description="path, with names to fill in in braces")
    about: str = Field(description="what it does, in one sentence")


class Index(_Told):
    """What there is."""

    exchange: str = Field(description="name of the exchange")
    links: list[Link] = Field(description="all verbs")


class Health(_Told):
    """How the mock exchange is."""

    ok: bool = Field(description="whether the exchange works; if not, the status is 503")
    exchange: str = Field(description="name of the exchange")
    profile: str = Field(description="date or name of its profile")
    seed: int = Field(description="seed of the market")
    now_ms: int = Field(description="date of the exchange, epoch milliseconds")
    date: str = Field(description="the same, ISO 8601, UTC")
    rate: float = Field(description="seconds of the exchange in one real second; 0 is frozen")
    connections: int = Field(description="open WebSocket connections")
    accepted: int = Field(description="WebSocket connections since the start, or the reset")
    faults: int = Field(description="faults at work")
    journal: int = Field(description="number of the last journal entry")
    failure: str | None = Field(default=None, description="what broke the exchange, if it broke")


class FaultAtWork(_Told):
    """A fault at work."""

    number: int = Field(description="what DELETE /_mock/faults/{number} wants")
    fault: AnyFault = Field(description="the fault, as it was given")
    about: str = Field(description="what the client notices")
    struck: int = Field(description="how often it struck")
    over: bool = Field(description="whether it struck as often as it was to")
    begun: list[FaultAtWork] = Field(
        default_factory=list, description="faults of its then that it let begin"
    )


class Faults(_Told):
    """The faults at work, in the order in which they act."""

    faults: list[FaultAtWork] = Field(description="faults, in order")


class FaultField(_Told):
    """A field of a kind of fault."""

    name: str = Field(description="name of the field")
    about: str = Field(description="what it says")
    default: Any = Field(default=None, description="its value if left out")
    scope: bool = Field(description="whether every fault has it: for whom, when, how often")


class FaultKind(_Told):
    """A kind of fault."""

    name: str = Field(description="value of the field fault")
    family: str = Field(description="connect, end, silence, shape, content or pressure")
    about: str = Field(description="what the client notices")
    fields: list[FaultField] = Field(description="its fields")
    json_schema: dict[str, Any] = Field(description="JSON schema of the fault")


class FaultKinds(_Told):
    """All kinds of faults."""

    kinds: list[FaultKind] = Field(description="kinds, by family")


class Removed(_Told):
    """How many were taken away."""

    removed: int = Field(description="how many")


class ScenarioInfo(_Told):
    """A scenario, in short."""

    name: str = Field(description="what it is called")
    about: str = Field(description="what happens, in one sentence")
    exchange: str = Field(default="", description="the exchange that it needs; empty is any")
    sources: list[str] = Field(default_factory=list, description="where it happened")


class Scenarios(_Told):
    """The ready scenarios."""

    scenarios: list[ScenarioInfo] = Field(description="scenarios, by name")


class Playing(_Told):
    """The scenarios that were played and not ended."""

    playing: list[ScenarioInfo] = Field(description="scenarios, in order")
    faults: list[FaultAtWork] = Field(description="their faults that are still at work")


class ClockState(_Told):
    """The clock of the exchange."""

    now_ms: int = Field(description="date, epoch milliseconds")
    date: str = Field(description="date, ISO 8601, UTC")
    rate: float = Field(description="seconds of the exchange in one real second; 0 is frozen")


class EditDone(_Told):
    """Something that was done to the market."""

    edit: str = Field(description="halt, gap, quieten, correct or list")
    pair: str | None = Field(default=None, description="standard name; all pairs if left out")
    start_ms: int | None = Field(default=None, description="from then on, epoch milliseconds")
    end_ms: int | None = Field(default=None, description="until then, epoch milliseconds")
    price: str | None = Field(default=None, description="of a correction, in quote units")
    volume: str | None = Field(default=None, description="of a correction, in base units")
    listed: str | None = Field(default=None, description="UTC day from which a pair is listed")


class MarketState(_Told):
    """The market: what is listed, and what was done to it."""

    seed: int = Field(description="seed of the market")
    pairs: list[str] = Field(description="trading pairs by standard name")
    intervals: list[str] = Field(description="intervals by the exchange's names")
    edits: list[EditDone] = Field(description="edits in order")


class LedgerCandle(_Told):
    """A candle of the ledger; prices and volumes are exact decimals, as text."""

    open_ms: int = Field(description="open time, epoch milliseconds")
    end_ms: int = Field(description="open time of the next candle, epoch milliseconds")
    open: str = Field(description="in quote units")
    high: str = Field(description="in quote units")
    low: str = Field(description="in quote units")
    close: str = Field(description="in quote units")
    volume: str = Field(description="in base units")
    quote_volume: str = Field(description="in quote units")
    trades: int = Field(description="number of trades")
    closed: bool = Field(description="false for the running candle")


class LedgerCandles(_Told):
    """The truth about a stretch of time, to compare with."""

    pair: str = Field(description="standard name")
    interval: str = Field(description="the exchange's name")
    candles: list[LedgerCandle] = Field(description="ascending, the running one last")


class ConnectionInfo(_Told):
    """An open WebSocket connection."""

    number: int = Field(description="by order of handshakes from 1")
    target: str = Field(description="path and query of the handshake")
    opened_ms: int = Field(description="date of the handshake, epoch milliseconds")
    streams: list[str] = Field(description="streams that it is subscribed to")


class Connections(_Told):
    """The open WebSocket connections."""

    connections: list[ConnectionInfo] = Field(description="connections by number")


class Ended(_Told):
    """The connections that were ended."""

    ended: list[int] = Field(description="their numbers")


class JournalEntry(_Told):
    """One thing that happened."""

    at_ms: int = Field(description="date of the exchange, epoch milliseconds")
    real_s: float = Field(default=0.0, description="real time, seconds, where it is recorded")
    kind: Kind = Field(description="what kind of thing")
    connection: int = Field(description="number of the WebSocket connection; 0 for none")
    text: str = Field(description="the message, the request, what was done")


class Waited(_Told):
    """What was waited for has happened."""

    entries: list[JournalEntry] = Field(description="the entries that fit, in order")
    next: int = Field(description="number of the last of them: wait after it for what follows")


class NotYet(Failure):
    """What was waited for did not happen in time."""

    arrived: list[JournalEntry] = Field(description="the last entries that came instead")


# -- what is said


class Nothing(_Said):
    """Nothing is to be said."""


class ReadyScenario(_Said):
    """A ready scenario by its name."""

    name: str = Field(description="such as flapping; GET /_mock/scenarios lists them")


class ClockChange(_Said):
    """What to do to the clock: exactly one of these."""

    rate: float | None = Field(
        default=None, ge=0, le=100_000, allow_inf_nan=False,
        description="run: 0 stands still, 1 is real time, 60 a minute a second",
    )  # fmt: skip
    step_s: float | None = Field(
        default=None, ge=0, le=YEAR_S, allow_inf_nan=False,
        description="move on by so many seconds; what is due happens, in order",
    )  # fmt: skip
    to_ms: int | None = Field(
        default=None, ge=0, description="move on to a date, epoch milliseconds, within a year"
    )
    next_close: str | None = Field(
        default=None, description="move on to the next close of an interval, by its name here"
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "nothing"
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"{said} given, expected exactly one of {known}")
        return self


class CandleQuery(_Said):
    """Which candles of the ledger."""

    pair: str = Field(description="standard name, BTC-USDT")
    interval: str = Field(default="1m", description="the exchange's name of the interval")
    from_ms: int | None = Field(
        default=None, ge=0, alias="from",
        description="first open time, epoch milliseconds; 100 candles back if left out",
    )  # fmt: skip
    to_ms: int | None = Field(
        default=None, ge=0, alias="to",
        description="open times before this, epoch milliseconds; up to now if left out",
    )  # fmt: skip


class EndQuery(_Said):
    """How a connection is to end: with a close frame, or without."""

    code: int | None = Field(
        default=None, ge=1000, le=4999, description="close code; 1001 if left out"
    )
    reason: str = Field(default="", description="reason in the close frame, up to 123 bytes")
    how: Literal["eof", "reset"] | None = Field(
        default=None, description="without a close frame: end of stream, or TCP reset"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.how is not None and (self.code is not None or self.reason):
            raise ValueError("how and code or reason given: without a frame there is no code")
        if len(self.reason.encode()) > 123:
            raise ValueError(
                f"reason has {len(self.reason.encode())} bytes, a close frame carries 123"
            )
        return self


class _Which(_Said):
    kind: Kind | None = Field(default=None, description="only entries of this kind")
    connection: int | None = Field(
        default=None, ge=0, description="only entries of this connection; 0 is REST and the rest"
    )
    containing: str = Field(default="", description="only entries with this in their text")


class JournalQuery(_Which):
    """Which journal entries."""

    after: int = Field(default=0, ge=0, description="only entries after this number")
    limit: int = Field(default=1_000, ge=1, le=MOST_ENTRIES, description="so many at most")


class Wait(_Which):
    """What to wait for: a journal entry that fits, or several; any if nothing is said of it."""

    times: int = Field(default=1, ge=1, le=MOST_ENTRIES, description="how many entries must fit")
    within_s: float = Field(
        default=30, ge=0, le=3_600, allow_inf_nan=False,
        description="give up after so many real seconds",
    )  # fmt: skip
    after: int = Field(
        default=0, ge=0, description="entries up to this number do not count; 0: all count"
    )


class Number(_Said):
    """A number in a path."""

    number: Annotated[int, Field(ge=1, description="number of the fault or the connection")]
