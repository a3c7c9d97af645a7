"""An exchange that does again what a journal says it did."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mock_exchanges import registry
from mock_exchanges.core.actions import Action, Binary, Drop, Event, Pinged, Pong, Text
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.exchange import Exchange, Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.hub import Stream
from mock_exchanges.core.journal import Entry, Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.plain_session import PlainSession
from mock_exchanges.core.samples import Samples
from mock_exchanges.replay.files import BadRecording, read
from mock_exchanges.replay.script import OPENING, Act, Call, Cue, Refusal, Script, script

_SHOWN = 120


class Replay:
    """Replays a recording: the n-th handshake gets the n-th recorded connection or refusal.

    What answered a client's message comes as long after its k-th message as it did then;
    what came unasked as long after the opening; a stream as long after the message that
    was the last before its first frame. REST is answered by method, path and query in
    recorded order, then by the last answer again. What the client does otherwise than
    then is noted as a near miss, and so is what a journal does not hold. ``begins_ms``,
    epoch milliseconds, is where the recording begins, and the mock's clock with it.

    ``like`` is the exchange that was recorded: it lends its name, samples and intervals.
    Raises BadRecording for entries that cannot be replayed.
    """

    def __init__(self, entries: Iterable[Entry], like: Exchange) -> None:
        self.name = like.name
        self.market = like.market
        self.journal = like.journal
        self.profile: Any = like.profile
        self._like = like
        try:
            self._script: Script = script(entries, like.samples)
        except ValueError as error:
            raise BadRecording(f"the recording cannot be replayed: {error}") from None
        self.begins_ms = self._script.begins_ms
        self._handshakes = 0
        self._asked: dict[str, int] = {}
        self._told = False

    @classmethod
    def factory(
        cls,
        source: Path | str | Iterable[Entry],
        exchange: str = "binance",
        *,
        run: int | None = None,
    ) -> Callable[[Market, Journal], Replay]:
        """Return what `MockExchange` makes a replay with: ``MockExchange(Replay.factory(path))``.

        ``source`` is a file or a journal, ``exchange`` the name of the one recorded, and
        ``run`` which run of the file. Raises BadRecording at once.
        """
        entries = read(source, run=run) if isinstance(source, (str, Path)) else list(source)

        def make(market: Market, journal: Journal) -> Replay:
            return cls(entries, registry.create(exchange, market, journal, limits=False))

        return make

    @property
    def samples(self) -> Samples:
        """What an observer knows of the recorded exchange's wire."""
        return self._like.samples

    def intervals(self) -> Mapping[str, Grid]:
        """Return the intervals of the recorded exchange."""
        return self._like.intervals()

    def stream(self, topic: str) -> Stream | None:
        """Return None: nothing is published but what was recorded."""
        return None

    def request(self, request: Request, now_ms: int) -> Response | Drop:
        """Answer as recorded; a request that was not recorded gets the nearest's answer, or 404."""
        self._tell(now_ms)
        asked = f"{request.method} {request.target}"
        answers = self._script.answers
        if asked not in answers:
            head = f"{request.method} {request.path}"
            same = [each for each in answers if each.partition("?")[0] == head]
            near = (nearest(asked, same) or same[0]) if same else nearest(asked, answers)
            hint = f"; the nearest is {near}" if near else "; nothing in it is near"
            self.journal.add(now_ms, "near-miss", 0, f"{asked} is not in the recording{hint}")
            if not same or near is None:
                return _told(404, f"{asked} is not in the recording{hint}")
            asked = near
        number = self._asked.get(asked, 0)
        self._asked[asked] = number + 1
        recorded = answers[asked]
        return recorded[min(number, len(recorded) - 1)]

    def connect(self, request: Request, link: Link, now_ms: int) -> ReplaySession | Response | Drop:
        """Answer a handshake as the recording has it; one more than it has is answered 503."""
        self._tell(now_ms)
        handshakes = self._script.handshakes
        number = self._handshakes
        self._handshakes += 1
        if number >= len(handshakes):
            what = f"handshake {number + 1} is not in the recording, which has {len(handshakes)}"
            link.near_miss(now_ms, what)
            return _told(503, what)
        recorded = handshakes[number]
        if recorded.target != request.target:
            link.near_miss(
                now_ms,
                f"handshake {number + 1} asks for {_short(request.target)}, "
                f"the recording has {_short(recorded.target)}",
            )
        if isinstance(recorded, Refusal):
            return recorded.answer
        return ReplaySession(recorded, link)

    def _tell(self, now_ms: int) -> None:
        """Note what cannot be replayed, once, when there is a client that would miss it."""
        if not self._told:
            self._told = True
            for lost in self._script.lost:
                self.journal.add(now_ms, "near-miss", 0, f"cannot be replayed: {lost}")


class ReplaySession(PlainSession):
    """One recorded connection, for a client that may be slower or say other things."""

    def __init__(self, call: Call, link: Link) -> None:
        super().__init__(link)
        self._replayed_on = link
        self._call = call
        self._by_cue: dict[Cue, list[Act]] = {}
        for act in call.acts:
            self._by_cue.setdefault(act.cue, []).append(act)
        self._heard = self._pinged = 0
        self._waiting: list[tuple[int, int, Action]] = []

    def opened(self, now_ms: int) -> list[Action]:
        """Begin what came unasked."""
        self._begin(OPENING, now_ms)
        return self.tick(now_ms)

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Begin what followed the client's message; note what it says otherwise than then."""
        if isinstance(event, Text):
            self._hear(event.text, now_ms)
        elif isinstance(event, Binary):
            self._hear(f"binary, {len(event.data)} bytes", now_ms)
        elif isinstance(event, Pinged):
            number = self._pinged
            self._pinged += 1
            if number >= len(self._call.pings):
                # Whoever pings is answered: libraries ping by themselves, as they like.
                return [*self.tick(now_ms), Pong(event.payload)]
            self._begin(("ping", number), now_ms, event.payload)
        return self.tick(now_ms)

    def due(self) -> int | None:
        """Return when the next recorded action is due."""
        return self._waiting[0][0] if self._waiting else None

    def tick(self, now_ms: int) -> list[Action]:
        """Return what is due, in its order."""
        actions = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            actions.append(heapq.heappop(self._waiting)[2])
        return actions

    def _hear(self, text: str, now_ms: int) -> None:
        number, recorded = self._heard, self._call.messages
        self._heard += 1
        if number >= len(recorded):
            self._replayed_on.near_miss(
                now_ms,
                f"message {number + 1} is {_short(text)}, the recording has only {len(recorded)}",
            )
            return
        if recorded[number] != text:
            self._replayed_on.near_miss(
                now_ms,
                f"message {number + 1} is {_short(text)}, "
                f"the recording has {_short(recorded[number])}",
            )
        self._begin(("message", number), now_ms)

    def _begin(self, cue: Cue, now_ms: int, payload: bytes = b"") -> None:
        for act in self._by_cue.pop(cue, ()):
            action = Pong(payload) if act.echoes else act.action
            heapq.heappush(self._waiting, (now_ms + act.after_ms, act.order, action))


def _told(status: int, what: str) -> Response:
    body = json.dumps({"error": what}, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json"})


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
