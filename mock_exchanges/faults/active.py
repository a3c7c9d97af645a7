"""A fault at work at one exchange: who is meant, how often it struck, what it remembers."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from importlib import import_module
from random import Random
from typing import Any

from mock_exchanges.core.actions import Action, Close, Drop, Raw, Send
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.interference import BadTls, Batch, Delivery, Interference
from mock_exchanges.faults.base import Fault

_SHOWN = 120
_REQUESTS = 0


class ActiveFault(Interference):
    """Applies a fault's scope, counts, and lets the fault spoil what is struck.

    ``memory`` is the fault's own, by whatever key it likes; it is as old as this.
    Chances are drawn from ``random``, which follows from the seed.
    """

    def __init__(self, fault: Fault, engine: Engine, number: int, seed: int) -> None:
        self.fault = fault
        self.engine = engine
        self.number = number
        self.random = Random(f"{seed}:{number}:{fault.fault}")
        self.memory: dict[Any, Any] = {}
        self.struck = 0
        self.began_ms = 0
        self.children: list[ActiveFault] = []
        self._seed = seed
        self._passed: dict[int, int] = {}
        self._later: list[tuple[int, int, Connection, list[Action]]] = []
        self._order = 0
        mine = type(fault)
        self._spoils_delivery = mine.spoil_delivery is not Fault.spoil_delivery
        self._spoils_action = mine.spoil_action is not Fault.spoil_action
        self._spoils_request = mine.spoil_request is not Fault.spoil_request
        self._spoils_response = mine.spoil_response is not Fault.spoil_response
        self._spoils_handshake = mine.spoil_handshake is not Fault.spoil_handshake
        self._spoils_opening = mine.spoil_opening is not Fault.spoil_opening
        self._spoils_arrival = mine.spoil_arrival is not Fault.spoil_arrival
        self._spoils_tls = mine.spoil_tls is not Fault.spoil_tls

    # -- scope

    @property
    def over(self) -> bool:
        """Whether it struck as often as it was to."""
        return self.fault.times is not None and self.struck >= self.fault.times

    def in_force(self, now_ms: int) -> bool:
        """Return whether it may strike at this time."""
        fault = self.fault
        if self.over:
            return False
        since_ms = now_ms - self.began_ms - fault.from_s * 1000
        return since_ms >= 0 and (fault.for_s is None or since_ms < fault.for_s * 1000)

    def means(self, connection: Connection) -> bool:
        """Return whether a connection is one that it is about."""
        return self.means_number(connection.number) and (
            self.fault.path in connection.request.target
        )

    def means_number(self, number: int) -> bool:
        """Return whether a connection of this number is one that it is about."""
        fault = self.fault
        return number >= fault.from_connection and fault.connection in (None, number)

    def passes(self, key: int) -> bool:
        """Count one more of what it is about; return whether it passes for now."""
        passed = self._passed[key] = self._passed.get(key, 0) + 1
        return passed <= self.fault.after or (passed - self.fault.after - 1) % self.fault.every != 0

    def strike(self, now_ms: int, connection: int = 0, what: str = "") -> bool:
        """Draw the chance; if it strikes, note that, and let what follows begin."""
        fault = self.fault
        if fault.probability < 1 and self.random.random() >= fault.probability:
            return False
        self.struck += 1
        shown = what if len(what) <= _SHOWN else f"{what[: _SHOWN - 1]}…"
        self.note(now_ms, f"strikes: {shown}" if shown else "strikes", connection)
        if self.children:
            for child in self.children:
                child.again(now_ms)
        else:
            for number, each in enumerate(fault.then, self.number * 100 + 1):
                self.children.append(install(each, self.engine, number, self._seed, now_ms))
        return True

    def note(self, now_ms: int, what: str, connection: int = 0) -> None:
        """Write something into the journal."""
        self.engine.journal.add(now_ms, "fault", connection, f"{self.fault.fault} {what}")

    def again(self, now_ms: int) -> None:
        """Begin anew, with nothing counted."""
        self.struck = 0
        self._passed.clear()
        self.began_ms = now_ms

    def strikes(self, key: int, now_ms: int, what: str) -> bool:
        """Count one of what it is about on connection ``key``; return whether it strikes."""
        return self.in_force(now_ms) and not self.passes(key) and self.strike(now_ms, key, what)

    # -- for faults that send later

    def later(self, at_ms: int, connection: Connection, actions: list[Action]) -> None:
        """Send actions at a time; what is due together goes out in the order of the calls."""
        self._order += 1
        heapq.heappush(self._later, (at_ms, self._order, connection, actions))

    def waiting(self, connection: Connection) -> int | None:
        """Return when the last of what waits for a connection is due, or None."""
        times = [at_ms for at_ms, _, each, _ in self._later if each is connection]
        return max(times, default=None)

    def due(self) -> int | None:
        return self._later[0][0] if self._later else None

    def tick(self, now_ms: int) -> Batch:
        batch: Batch = []
        while self._later and self._later[0][0] <= now_ms:
            _, _, connection, actions = heapq.heappop(self._later)
            batch.append((connection, actions))
        return batch

    # -- the engine's hooks

    def began(self, connections: Iterable[Connection], now_ms: int) -> None:
        self.fault.check(self.engine.exchange)
        self.began_ms = now_ms
        self.engine.journal.add(now_ms, "fault", 0, f"on: {self.fault.told()}")

    def removed(self, now_ms: int) -> Batch:
        self.engine.journal.add(now_ms, "fault", 0, f"off: {self.fault.fault}")
        held = sorted(self._later, key=lambda item: item[:2])
        self._later.clear()
        return [(connection, actions) for _, _, connection, actions in held]

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        self._passed.pop(connection.number, None)
        if any(each is connection for _, _, each, _ in self._later):
            self._later = [item for item in self._later if item[2] is not connection]
            heapq.heapify(self._later)

    def on_arrival(self, now_ms: int) -> Drop | None:
        if not self._spoils_arrival or not self.strikes(_REQUESTS, now_ms, "connection"):
            return None
        return self.fault.spoil_arrival()

    def on_tls(self, now_ms: int) -> BadTls | None:
        if not self._spoils_tls or not self.strikes(_REQUESTS, now_ms, "TLS handshake"):
            return None
        return self.fault.spoil_tls()

    def on_request(self, request: Request, now_ms: int) -> Response | Drop | None:
        if not self._spoils_request or not self._hits(request, now_ms):
            return None
        return self.fault.spoil_request(self, request, now_ms)

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        if not self._spoils_response or not self._hits(request, now_ms):
            return response
        return self.fault.spoil_response(self, request, response, now_ms)

    def _hits(self, request: Request, now_ms: int) -> bool:
        fault = self.fault
        if fault.path not in request.target or not fault.aims_at_request(request):
            return False
        return self.strikes(_REQUESTS, now_ms, request.target)

    def on_connect(
        self, request: Request, number: int, now_ms: int
    ) -> Response | Drop | Request | None:
        if not self._spoils_handshake or not self.means_number(number):
            return None
        if self.fault.path not in request.target or not self.fault.aims_at_handshake(request):
            return None
        if not self.strikes(_REQUESTS, now_ms, f"handshake of {request.target}"):
            return None
        return self.fault.spoil_handshake(self, request, now_ms)

    def on_opened(self, connection: Connection, now_ms: int) -> None:
        if not self._spoils_opening or not self.means(connection):
            return
        if self.strikes(_REQUESTS, now_ms, f"opening of {connection.number}"):
            self.fault.spoil_opening(self, connection, now_ms)

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        connection = delivery.connection
        if (
            not self._spoils_delivery
            or self.fault.stream not in delivery.topic
            or not self.means(connection)
            or not self.strikes(connection.number, now_ms, delivery.message)
        ):
            return (delivery.message,)
        return self.fault.spoil_delivery(self, delivery, now_ms)

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self._spoils_action or not actions or not self.means(connection):
            return actions
        sent: list[Action] = []
        for action in actions:
            if self.aims_at(action) and self.strikes(connection.number, now_ms, shown(action)):
                sent += self.fault.spoil_action(self, connection, action, now_ms)
            else:
                sent.append(action)
        return sent

    def aims_at(self, action: Action) -> bool:
        """Return whether an action is what the fault is about, of a stream that is meant."""
        if not self.fault.aims_at(action):
            return False
        return not self.fault.stream or (
            isinstance(action, Send) and self.fault.stream in action.topic
        )


def install(fault: Fault, engine: Engine, number: int, seed: int, now_ms: int) -> ActiveFault:
    """Put a fault to work at an engine; ``number`` tells faults of one engine apart."""
    module, _, name = fault.works_as.partition(":")
    made: ActiveFault = getattr(import_module(module), name)(fault, engine, number, seed)
    engine.add_fault(made, now_ms)
    return made


def uninstall(active: ActiveFault, now_ms: int) -> Batch:
    """Take a fault and what followed from it away; return what they held back."""
    batch = active.engine.remove_fault(active, now_ms)
    for child in active.children:
        batch.extend(uninstall(child, now_ms))
    active.children.clear()
    return batch


def shown(action: Action) -> str:
    """Return an action for the journal."""
    match action:
        case Send(text):
            return text
        case Raw(data):
            return f"{len(data)} bytes"
        case Close(code, reason):
            return f"close {code} {reason}".rstrip()
        case Drop(how):
            return how
        case _:
            return type(action).__name__.lower()
