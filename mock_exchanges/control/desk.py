"""The control API without I/O: a request in, a status and JSON out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel

from mock_exchanges.control import PREFIX, models, telling
from mock_exchanges.control.controlled import Controlled
from mock_exchanges.control.guard import Guard
from mock_exchanges.control.openapi import description
from mock_exchanges.control.problem import Problem, checked, parsed, tagged
from mock_exchanges.control.routes import ROUTES, Route
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Entry, Journal
from mock_exchanges.core.market.ledger import UnknownPair
from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults import Fault, faults
from mock_exchanges.scenario import Scenario, UnknownScenario, library
from mock_exchanges.scenario.catalogue import ready

LARGEST_BODY = 1 << 20
_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that is to come: wait on the journal, then ask `Desk.waited`."""

    wait: models.Wait

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry is one that is waited for."""
        return _fits(self.wait, entry)


class Desk:
    """Answers the control API's requests about one mock exchange."""

    def __init__(self, mock: Controlled, guard: Guard) -> None:
        self._mock = mock
        self._guard = guard

    @staticmethod
    def is_for(path: str) -> bool:
        """Return whether a path is the API's, and not the exchange's."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    def refusal(self, request: Request) -> Response | None:
        """Return what is answered to who may not use the API, before the body is read."""
        try:
            self._guard.check(request.headers)
        except Problem as problem:
            return _refused(problem)
        return None

    def too_large(self) -> Response:
        """Return what is answered to a body of more than `LARGEST_BODY` bytes."""
        return _refused(Problem(413, "too-large", f"body has more than {LARGEST_BODY} bytes"))

    def answer(self, request: Request) -> Response | Waiting:
        """Answer a request. Wrong input changes nothing."""
        try:
            self._guard.check(request.headers)
            route, named = _route(request.method, request.path)
            if len(request.body) > LARGEST_BODY:
                return self.too_large()
            given = self._given(route, named, request)
            try:
                answer = getattr(self, f"_{route.name}")(*given)
            except UnknownPair as error:
                raise Problem(422, "unknown-pair", str(error), field="pair") from None
            except ValueError as error:
                raise Problem(422, "not-here", str(error)) from None
            except ArithmeticError as error:
                said = f"a number is out of range ({type(error).__name__})"
                raise Problem(422, "out-of-range", said) from None
        except Problem as problem:
            return _refused(problem)
        except Exception as error:
            return _refused(Problem(500, "broken", f"{type(error).__name__}: {error}"))
        if isinstance(answer, (Response, Waiting)):
            return answer
        if isinstance(answer, models.Health) and not answer.ok:
            return _said(503, answer)
        return _said(route.status, answer)

    def waited(self, waiting: Waiting, arrived: bool) -> Response:
        """Answer a request that waited, now that it is over; ``arrived`` says how."""
        wait, journal = waiting.wait, self._mock.journal
        found: list[Entry] = []
        last = journal.dropped
        for number, entry in _numbered(journal, wait.after):
            if len(found) < wait.times and waiting.fits(entry):
                found.append(entry)
                last = number
        if arrived:
            return _said(200, models.Waited(entries=telling.entries(found), next=last))
        what = " ".join(
            f"{name}={value}"
            for name, value in wait.model_dump(include={"kind", "connection", "containing"}).items()
            if value not in (None, "")
        )
        many = f"{len(found)} of {wait.times} entries" if wait.times > 1 else "no entry"
        others = [entry for _, entry in _numbered(journal, wait.after)][-_SHOWN:]
        missed = models.NotYet(
            code="not-in-time",
            message=f"{many}{f' with {what}' if what else ''} within {wait.within_s:g} s",
            hint="arrived has the last entries that came instead" if others else "nothing came",
            field="",
            arrived=telling.entries(others),
        )
        return _said(408, missed)

    def _given(self, route: Route, named: dict[str, str], request: Request) -> list[Any]:
        given: list[Any] = []
        if named:
            given.append(checked(models.Number, named).number)
        if route.query is not None:
            given.append(checked(route.query, _query(request.query)))
        elif request.query:
            name = _query(request.query)
            raise Problem(
                422, "unknown-field", f"{next(iter(name), '?')}: this verb has no query",
                field=next(iter(name), ""),
            )  # fmt: skip
        if route.body is models.Nothing:
            checked(models.Nothing, parsed(request.body or b"{}"))
        elif route.body is not None:
            given.append(parsed(request.body))
        return given

    # -- what there is

    def _index(self) -> models.Index:
        links = [models.Link(method=r.method, path=r.path, about=r.about) for r in ROUTES]
        return models.Index(exchange=self._mock.exchange.name, links=links)

    def _openapi(self) -> Response:
        return _json(200, json.dumps(description(), ensure_ascii=False))

    def _health(self) -> models.Health:
        mock = self._mock
        failure = mock.failure
        now_ms = mock.now_ms()
        return models.Health(
            ok=failure is None,
            exchange=mock.exchange.name,
            profile=str(getattr(mock.exchange.profile, "date", "")),
            seed=mock.market.seed,
            now_ms=now_ms,
            date=telling.date(now_ms),
            rate=mock.clock.rate,
            connections=len(mock.engine.connections),
            accepted=mock.engine.accepted,
            faults=len(mock.faults),
            journal=mock.journal.total,
            failure=None if failure is None else f"{type(failure).__name__}: {failure}",
        )

    def _reset(self) -> models.Health:
        self._mock.reset()
        return self._health()

    # -- faults and scenarios

    def _faults(self) -> models.Faults:
        return models.Faults(faults=[telling.at_work(each) for each in self._mock.faults])

    def _add_fault(self, data: Any) -> models.FaultAtWork:
        fault: Fault = tagged("fault", data)
        return telling.at_work(self._mock.add_fault(fault))

    def _clear_faults(self) -> models.Removed:
        removed = len(self._mock.faults)
        self._mock.clear_faults()
        return models.Removed(removed=removed)

    def _remove_fault(self, number: int) -> models.FaultAtWork:
        for active in self._mock.faults:
            if active.number == number:
                told = telling.at_work(active)
                self._mock.remove_fault(active)
                return told
        raise _missing("fault", number, [each.number for each in self._mock.faults])

    def _fault_kinds(self) -> models.FaultKinds:
        return models.FaultKinds(kinds=[telling.kind(fault) for fault in faults().values()])

    def _scenarios(self) -> models.Scenarios:
        return models.Scenarios(scenarios=[telling.info(each) for each in library().values()])

    def _playing(self) -> models.Playing:
        at_work = [telling.at_work(each) for each in self._mock.scenario_faults]
        return models.Playing(
            playing=[telling.info(each) for each in self._mock.scenarios], faults=at_work
        )

    def _play(self, data: Any) -> models.Playing:
        if isinstance(data, dict) and set(data) == {"name"}:
            try:
                scenario = ready(checked(models.ReadyScenario, data).name)
            except UnknownScenario as error:
                raise Problem(422, "unknown-scenario", str(error), field="name") from None
        else:
            scenario = checked(Scenario, data)
            if scenario.replay is not None:
                raise Problem(
                    422, "bad-field", "replay names a file, which cannot come over the wire",
                    field="replay", hint="mock-exchanges serve --scenario FILE plays it",
                )  # fmt: skip
        self._mock.play(scenario)
        return self._playing()

    def _end_scenario(self) -> models.Removed:
        removed = len(self._mock.scenario_faults)
        self._mock.end_scenario()
        return models.Removed(removed=removed)

    # -- clock and market

    def _clock(self) -> models.ClockState:
        now_ms = self._mock.now_ms()
        return models.ClockState(
            now_ms=now_ms, date=telling.date(now_ms), rate=self._mock.clock.rate
        )

    def _set_clock(self, data: Any) -> models.ClockState:
        change = checked(models.ClockChange, data)
        mock = self._mock
        if change.rate is not None:
            mock.clock.run(change.rate)
        elif change.step_s is not None:
            mock.step(change.step_s)
        elif change.next_close is not None:
            mock.to_next_close(change.next_close)
        elif change.to_ms is not None:
            now_ms = mock.now_ms()
            latest_ms = now_ms + models.YEAR_S * 1000
            if not now_ms <= change.to_ms <= latest_ms:
                raise Problem(
                    422, "bad-field",
                    f"to_ms is {change.to_ms}, expected {now_ms} (now) to {latest_ms}",
                    field="to_ms",
                )  # fmt: skip
            mock.clock.move_to(change.to_ms)
        return self._clock()

    def _market(self) -> models.MarketState:
        mock = self._mock
        return models.MarketState(
            seed=mock.market.seed,
            pairs=list(mock.market.pairs),
            intervals=list(mock.exchange.intervals()),
            edits=[models.EditDone(**each.told()) for each in mock.market.edits],
        )

    def _edit_market(self, data: Any) -> models.MarketState:
        self._mock.edit_market(tagged("edit", data))
        return self._market()

    def _reset_market(self) -> models.Removed:
        removed = len(self._mock.market.edits)
        if removed:
            self._mock.market.reset()
        return models.Removed(removed=removed)

    def _candles(self, query: models.CandleQuery) -> models.LedgerCandles:
        market, intervals = self._mock.market, self._mock.exchange.intervals()
        grid = intervals.get(query.interval)
        if grid is None:
            near = nearest(query.interval, list(intervals))
            raise Problem(
                422, "unknown-interval",
                f"interval is {query.interval!r}, expected one of {', '.join(intervals)}",
                field="interval", hint=f"did you mean {near!r}?" if near else "",
            )  # fmt: skip
        now_ms = self._mock.now_ms()
        running_ms = grid.floor(now_ms)
        end_ms = now_ms + 1 if query.to_ms is None else min(query.to_ms, now_ms + 1)
        start_ms = grid.back(running_ms, 99) if query.from_ms is None else query.from_ms
        first_ms = max(start_ms, market.first_open(query.pair, grid))
        if (end_ms - first_ms) // grid.length_ms > models.MOST_CANDLES:
            raise Problem(
                422, "bad-field",
                f"from is {start_ms}, which is more than {models.MOST_CANDLES} candles before "
                f"{end_ms}", field="from", hint="ask in several pieces",
            )  # fmt: skip
        candles = market.candles(query.pair, grid, first_ms, min(end_ms, running_ms))
        if first_ms <= running_ms < end_ms:
            running = market.at(query.pair, grid, now_ms)
            candles += [running] if running is not None else []
        return models.LedgerCandles(
            pair=query.pair,
            interval=query.interval,
            candles=[telling.ledger_candle(each) for each in candles],
        )

    # -- connections and journal

    def _connections(self) -> models.Connections:
        hub = self._mock.engine.hub
        topics = hub.topics()
        return models.Connections(
            connections=[
                models.ConnectionInfo(
                    number=each.number,
                    target=each.request.target,
                    opened_ms=each.opened_ms,
                    streams=[topic for topic in topics if hub.listens(topic, each.session)],
                )
                for each in self._mock.engine.connections.values()
            ]
        )

    def _end_connections(self, query: models.EndQuery) -> models.Ended:
        ended = list(self._mock.engine.connections)
        self._mock.end_connections(telling.ending(query))
        return models.Ended(ended=ended)

    def _end_connection(self, number: int, query: models.EndQuery) -> models.Ended:
        connections = self._mock.engine.connections
        if number not in connections:
            raise _missing("connection", number, list(connections))
        self._mock.end_connections(telling.ending(query), number)
        return models.Ended(ended=[number])

    def _journal(self, query: models.JournalQuery) -> Response:
        journal = self._mock.journal
        lines: list[str] = []
        last = min(query.after, journal.total)
        for number, entry in _numbered(journal, query.after):
            if len(lines) == query.limit:
                break
            last = number
            if _fits(query, entry):
                lines.append(entry.json() + "\n")
        headers = {
            "Content-Type": "application/x-ndjson; charset=utf-8",
            "Mock-Journal-Next": str(last),
        }
        return Response(200, "".join(lines).encode("utf-8", "replace"), headers)

    def _wait(self, data: Any) -> Waiting:
        return Waiting(checked(models.Wait, data))


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    path = unquote(path.rstrip("/"))
    found = [(each, named) for each in ROUTES if (named := each.fits(path)) is not None]
    # a path without a name in it comes before one with
    if any(not named for _, named in found):
        found = [(each, named) for each, named in found if not named]
    for route, named in found:
        if route.method == method:
            return route, named
    if found:
        allowed = ", ".join(each.method for each, _ in found)
        raise Problem(
            405, "wrong-method", f"{method} is no verb of {path}", hint=f"expected {allowed}",
            headers={"Allow": allowed},
        )  # fmt: skip
    near = nearest(path, dict.fromkeys(each.path for each in ROUTES))
    raise Problem(
        404, "unknown-path", f"there is no path {path}",
        hint=f"did you mean {near}?" if near else f"GET {PREFIX} lists what there is",
    )  # fmt: skip


def _query(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in found:
            raise Problem(422, "bad-field", f"{name} is given twice", field=name)
        found[name] = value
    return found


def _missing(what: str, number: int, known: Iterable[int]) -> Problem:
    there = ", ".join(map(str, known))
    return Problem(
        404, f"no-{what}", f"there is no {what} {number}", field="number",
        hint=f"there are {there}" if there else f"there is no {what} at all",
    )  # fmt: skip


def _numbered(journal: Journal, after: int) -> Iterable[tuple[int, Entry]]:
    first = journal.dropped + 1
    for number, entry in enumerate(journal, first):
        if number > after:
            yield number, entry


def _fits(which: models.Wait | models.JournalQuery, entry: Entry) -> bool:
    return (
        which.kind in (None, entry.kind)
        and which.connection in (None, entry.connection)
        and which.containing in entry.text
    )


def _refused(problem: Problem) -> Response:
    return _said(problem.status, problem.failure, problem.headers)


def _said(status: int, model: BaseModel, headers: dict[str, str] | None = None) -> Response:
    # what was left out is left out: a fault comes back as it was given
    return _json(status, model.model_dump_json(exclude_unset=True), headers)


def _json(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status, (text + "\n").encode("utf-8", "replace"), {**kind, **(headers or {})})
