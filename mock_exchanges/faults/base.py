"""A fault as it is written down: what goes wrong, for whom, when, how often.

A fault is plain data (a frozen pydantic model), the same in Python, in a scenario file
and over the control API. `faults.active` puts it to work at one exchange; one fault may
be at work at several.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    WithJsonSchema,
)

from mock_exchanges.core.actions import Action, Drop, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.interference import BadTls, Delivery
from mock_exchanges.faults import table

if TYPE_CHECKING:
    from mock_exchanges.faults.active import ActiveFault


# marks the place of any fault in a JSON schema
ANY_FAULT = "x-any-fault"


class Fault(BaseModel):
    """What every fault has: its scope. Without limits it strikes everything it is about.

    Who inherits adds a field ``fault`` with its name, overrides what it spoils, and
    calls `table.register` on the last lines of its file. The first sentence of its
    docstring says what the client notices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    # who puts it to work, where that is more than spoiling one thing at a time
    works_as: ClassVar[str] = "mock_exchanges.faults.active:ActiveFault"

    fault: str
    connection: int | None = Field(
        default=None,
        ge=1,
        description="only this WebSocket connection, by order of handshakes from 1",
    )
    from_connection: int = Field(
        default=1, ge=1, description="only connections from this number on; 2 spares the first"
    )
    path: str = Field(
        default="", description="only requests and connections with this in their path and query"
    )
    stream: str = Field(default="", description="only streams with this in their name")
    after: int = Field(
        default=0,
        ge=0,
        description="so many messages of a connection, or requests, pass unharmed before",
    )
    every: int = Field(default=1, ge=1, description="of those that follow only each so-manieth")
    times: int | None = Field(
        default=None, ge=1, description="how often it strikes before it is over"
    )
    from_s: float = Field(
        default=0, ge=0, description="begins so many seconds after it was switched on"
    )
    for_s: float | None = Field(default=None, gt=0, description="and lasts so many seconds")
    probability: float = Field(
        default=1, gt=0, le=1, description="strikes with this chance, by the seed"
    )
    then: tuple[AnyFault, ...] = Field(
        default=(), description="faults that begin, anew each time, when this one strikes"
    )

    def model_post_init(self, context: Any) -> None:
        """Count the name as said, so that what is written without the defaults reads back."""
        self.model_fields_set.add("fault")

    # -- for sentences: each returns a copy with one thing more said

    def on_connection(self, number: int) -> Self:
        """Only the connection of this number."""
        return self._with(connection=number)

    def from_the_second_connection(self) -> Self:
        """Spare the first connection."""
        return self._with(from_connection=2)

    def on_path(self, part: str) -> Self:
        """Only requests and connections whose path and query contain ``part``."""
        return self._with(path=part)

    def on_stream(self, part: str) -> Self:
        """Only streams whose name contains ``part``."""
        return self._with(stream=part)

    def after_candles(self, count: int) -> Self:
        """Let ``count`` candle messages of each connection pass before."""
        return self._with(after=count)

    def after_requests(self, count: int) -> Self:
        """Let ``count`` requests pass before."""
        return self._with(after=count)

    def every_nth(self, n: int) -> Self:
        """Strike only each n-th time."""
        return self._with(every=n)

    def once(self) -> Self:
        """Strike one time."""
        return self._with(times=1)

    def twice(self) -> Self:
        """Strike two times."""
        return self._with(times=2)

    def so_often(self, times: int) -> Self:
        """Strike ``times`` times."""
        return self._with(times=times)

    def between(self, from_s: float, until_s: float) -> Self:
        """Strike only in a stretch of time, seconds after it is switched on."""
        return self._with(from_s=from_s, for_s=until_s - from_s)

    def with_chance(self, probability: float) -> Self:
        """Strike with this probability, drawn by the seed."""
        return self._with(probability=probability)

    def followed_by(self, *faults: Fault) -> Self:
        """Begin other faults, anew each time, when this one strikes."""
        return self._with(then=(*self.then, *faults))

    def _with(self, **fields: Any) -> Self:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate({**given, **fields})

    # -- what it is about, and what it does

    def check(self, exchange: Exchange) -> None:
        """Raise ValueError if this cannot be at an exchange; what follows from it is checked too.

        Who overrides this calls it as well.
        """
        for each in self.then:
            each.check(exchange)

    def aims_at(self, action: Action) -> bool:
        """Return whether an action toward the client is what this spoils: candles, usually."""
        return isinstance(action, Send) and bool(action.topic) and action.role == "data"

    def aims_at_request(self, request: Request) -> bool:
        """Return whether a REST request is what this spoils."""
        return True

    def aims_at_handshake(self, request: Request) -> bool:
        """Return whether a WebSocket handshake is what this spoils."""
        return True

    def spoil_arrival(self) -> Drop | None:
        """Return how a new TCP connection ends at once."""
        return None

    def spoil_tls(self) -> BadTls | None:
        """Return how a TLS handshake fails."""
        return None

    def spoil_request(
        self, work: ActiveFault, request: Request, now_ms: int
    ) -> Response | Drop | None:
        """Return an answer in place of the exchange's."""
        return None

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        """Return what is left of the exchange's answer."""
        return response

    def spoil_handshake(
        self, work: ActiveFault, request: Request, now_ms: int
    ) -> Response | Drop | Request | None:
        """Return a refusal of a WebSocket handshake, or what the exchange hears in its place."""
        return None

    def spoil_opening(self, work: ActiveFault, connection: Connection, now_ms: int) -> None:
        """Change how a connection opens."""

    def spoil_delivery(self, work: ActiveFault, delivery: Delivery, now_ms: int) -> Sequence[str]:
        """Return the stream's messages in place of the one delivered."""
        return (delivery.message,)

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        """Return what is sent in place of an action that it aims at."""
        return [action]

    # -- what is told of it

    @classmethod
    def sentence(cls) -> str:
        """Return what the client notices, in one sentence."""
        return inspect.getdoc(cls).split("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]

    @classmethod
    def kind(cls) -> str:
        """Return the name of the fault, as it is written in files."""
        return str(cls.model_fields["fault"].default)

    @classmethod
    def family(cls) -> str:
        """Return the family, which is the folder it lies in."""
        return cls.__module__.split(".")[-2]

    def told(self) -> str:
        """Return the fault and what was said of it, on one line."""
        said = self.model_dump(exclude_unset=True, exclude={"fault"}, mode="json")
        fields = " ".join(f"{name}={value}" for name, value in said.items() if name != "then")
        return f"{self.fault} {fields}".rstrip()


# A fault of any kind, in other models: read by its name, written with all that was said.
AnyFault = Annotated[
    SerializeAsAny[Fault],
    BeforeValidator(table.read),
    WithJsonSchema({"type": "object", "title": "AnyFault", ANY_FAULT: True}),
]

Fault.model_rebuild()
