"""What a journal says that the exchange did: on which occasion, and how long after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mock_exchanges.core.actions import Action, Close, Drop, Ping, Pong, Send
from mock_exchanges.core.http import Response
from mock_exchanges.core.journal import Entry
from mock_exchanges.core.samples import Samples
from mock_exchanges.faults import table

# What the exchange's action follows: the opening, the client's k-th message, its k-th ping.
Cue = tuple[Literal["open", "message", "ping"], int]
OPENING: Cue = ("open", 0)

_REFUSED = re.compile(r"(\S*): (?:(eof|reset), no answer|HTTP (\d{3})(?: (.*))?)", re.DOTALL)
_ANSWERED = re.compile(r"(\d{3}) (.*)", re.DOTALL)
_DROPPED = re.compile(r"(eof|reset): (.*)", re.DOTALL)
_CLOSED = re.compile(r"(\d+)(?: (.*))?", re.DOTALL)
_LIKE = 40
_BEFORE_THE_JOURNAL = ("shape", "connect", "pressure")


class Act(NamedTuple):
    """One thing the exchange did, so many milliseconds after its cue.

    ``order`` is its place in the recording. ``echoes``: a pong with the ping's payload.
    """

    cue: Cue
    after_ms: int
    order: int
    action: Action
    echoes: bool = False


@dataclass(slots=True)
class Call:
    """One recorded connection: what the client asked and said, and what it got."""

    target: str
    opened_ms: int
    messages: list[str] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


@dataclass(slots=True)
class Refusal:
    """One recorded handshake that was refused."""

    target: str
    answer: Response | Drop


@dataclass(slots=True)
class Script:
    """A whole recording. ``answers`` are by method and target; ``lost`` is what is not in it."""

    begins_ms: int
    handshakes: list[Call | Refusal] = field(default_factory=list)
    answers: dict[str, list[Response | Drop]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def script(entries: Iterable[Entry], samples: Samples) -> Script:
    """Return what a journal says, as an exchange's samples let its messages be told apart.

    Raises ValueError for a journal without entries, or an entry whose text is not what
    its kind has.
    """
    entries = list(entries)
    if not entries:
        raise ValueError("the journal is empty, expected at least one entry")
    made = Script(entries[0].at_ms)
    readers: dict[int, _Reader] = {}
    asked: str | None = None
    spoiled: dict[str, None] = {}
    last = 0
    for order, entry in enumerate(entries):
        if entry.kind in ("near-miss", "clock", "market"):
            continue
        if entry.kind == "fault":
            name, _, what = entry.text.partition(" ")
            if what.startswith("strikes") and _hidden(name):
                spoiled[name] = None
            continue
        if entry.connection != last and last in readers:
            readers[last].pause()
        last = entry.connection
        match entry.kind:
            case "connect":
                call = Call(entry.text, entry.at_ms)
                made.handshakes.append(call)
                readers[entry.connection] = _Reader(call, samples, made.lost)
            case "refuse":
                found = _REFUSED.fullmatch(entry.text)
                if found is None:
                    made.lost.append(f"a refused {entry.text}, before any handshake")
                else:
                    made.handshakes.append(Refusal(found[1], _refusal(found)))
            case "request":
                asked = entry.text
            case "response" | "drop" if not entry.connection:
                if asked is not None:
                    made.answers.setdefault(asked, []).append(_answer(entry))
                asked = None
            case _ if entry.connection in readers:
                readers[entry.connection].take(order, entry)
    made.lost += [
        f"how {name} cut frames, delayed answers or changed headers; texts and times are replayed"
        for name in spoiled
    ]
    return made


class _Reader:
    """Reads one connection's entries, and tells what each action of the exchange followed."""

    def __init__(self, call: Call, samples: Samples, lost: list[str]) -> None:
        self._call = call
        self._samples = samples
        self._lost = lost
        self._cued_ms: dict[Cue, int] = {OPENING: call.opened_ms}
        # what is answered right now: a cue and its time
        self._now: Cue | None = OPENING
        self._heard: Cue = OPENING
        self._unanswered: list[Cue] = []
        self._like: dict[str, Cue] = {}
        self._last: Cue = OPENING

    def pause(self) -> None:
        """Something else happened in between: what follows is no answer of the same moment."""
        self._now = None

    def take(self, order: int, entry: Entry) -> None:
        """Read one entry."""
        call = self._call
        if self._now is not None and self._cued_ms[self._now] != entry.at_ms:
            self._now = None
        match entry.kind:
            case "in":
                self._cue(("message", len(call.messages)), entry)
                self._heard = self._now or OPENING
                self._unanswered.append(self._heard)
                call.messages.append(entry.text)
            case "pinged":
                self._cue(("ping", len(call.pings)), entry)
                call.pings.append(entry.text)
            case "out":
                send = self._send(entry.text)
                self._add(self._cue_of(send), order, entry, send)
            case "ping":
                self._add(OPENING, order, entry, Ping(_payload(entry.text)))
            case "pong":
                pings = len(call.pings)
                cue: Cue = ("ping", pings - 1) if pings else OPENING
                echoes = bool(pings) and call.pings[-1] == entry.text
                self._add(cue, order, entry, Pong(_payload(entry.text)), echoes)
            case "close":
                found = _CLOSED.fullmatch(entry.text)
                if found is None:
                    raise ValueError(f"close is {entry.text!r}, expected a code and a reason")
                self._add(self._now or self._last, order, entry, _close(found))
            case "drop":
                self._add(self._now or self._last, order, entry, Drop(_how(entry.text)))
            case "bytes":
                self._lost.append(f"{entry.text} that were no whole message")

    def _cue(self, cue: Cue, entry: Entry) -> None:
        self._now = cue
        self._cued_ms[cue] = entry.at_ms

    def _cue_of(self, send: Send) -> Cue:
        """Return what a message follows.

        Of the same moment: what was just heard. No candles, and the client waits for an
        answer: the oldest message without one. Else what the first message like it
        followed, which for the very first is the client's last message.
        """
        like = send.topic or re.sub(r"\d+", "", send.text)[:_LIKE]
        if self._now is not None:
            cue = self._now
            if cue in self._unanswered:
                self._unanswered.remove(cue)
        elif self._unanswered and not send.topic:
            cue = self._unanswered.pop(0)
        else:
            cue = self._like.get(like, self._heard)
        self._like.setdefault(like, cue)
        self._last = cue
        return cue

    def _add(
        self, cue: Cue, order: int, entry: Entry, action: Action, echoes: bool = False
    ) -> None:
        after_ms = entry.at_ms - self._cued_ms[cue]
        self._call.acts.append(Act(cue, after_ms, order, action, echoes))

    def _send(self, text: str) -> Send:
        samples = self._samples
        about = samples.about(text)
        if about is not None:
            return Send(text, samples.topic(*about))
        return Send(text, role="error" if samples.refuses(text) else "ack")


def _hidden(name: str) -> bool:
    """Return whether a fault does what a journal does not show."""
    known = table.faults().get(name)
    return known is not None and known.family() in _BEFORE_THE_JOURNAL


def _payload(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _close(found: re.Match[str]) -> Close:
    return Close(int(found[1]), found[2] or "")


def _how(text: str) -> Literal["eof", "reset"]:
    if text == "eof":
        return "eof"
    if text == "reset":
        return "reset"
    raise ValueError(f"drop is {text!r}, expected eof or reset")


def _refusal(found: re.Match[str]) -> Response | Drop:
    if found[2]:
        return Drop(_how(found[2]))
    return _response(int(found[3]), found[4] or "")


def _answer(entry: Entry) -> Response | Drop:
    if entry.kind == "drop":
        found = _DROPPED.fullmatch(entry.text)
        if found is not None:
            return Drop(_how(found[1]))
    else:
        found = _ANSWERED.fullmatch(entry.text)
        if found is not None:
            return _response(int(found[1]), found[2])
    raise ValueError(f"{entry.kind} is {entry.text!r}, expected an HTTP status and a body")


def _response(status: int, body: str) -> Response:
    """Return an answer; a journal has no headers, so the type of the body is told by its looks."""
    begins = body.lstrip()[:1]
    kind = {"{": "application/json", "[": "application/json", "<": "text/html"}.get(begins)
    headers = {"Content-Type": kind or "text/plain"} if body else {}
    return Response(status, body.encode("utf-8", "surrogatepass"), headers)
