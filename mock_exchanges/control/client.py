"""The control API's Python client: blocking, typed, of the standard library alone."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError

from mock_exchanges.control import PREFIX, models
from mock_exchanges.control.openapi import release
from mock_exchanges.core.journal import Kind
from mock_exchanges.faults import Fault
from mock_exchanges.scenario import Scenario
from mock_exchanges.scenario.edits import MarketEdit

URL_VARIABLE = "MOCK_EXCHANGES_URL"
TOKEN_VARIABLE = "MOCK_EXCHANGES_TOKEN"

M = TypeVar("M", bound=BaseModel)


class ControlError(Exception):
    """A request that was refused, or met no mock exchange (code ``unreachable``).

    ``status`` is the HTTP status, 0 if there was no answer; ``arrived`` is what came in
    place of what was waited for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        field: str = "",
        status: int = 0,
        arrived: tuple[models.JournalEntry, ...] = (),
    ) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field
        self.status = status
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Journal entries, and the number to ask after for those that follow."""

    entries: tuple[models.JournalEntry, ...]
    next: int


class Control:
    """Commands one running mock exchange.

    ``url`` is its ``control_url``, or any address of the exchange; by default that of the
    environment variable MOCK_EXCHANGES_URL. ``token`` (MOCK_EXCHANGES_TOKEN) is needed
    where the mock lets other machines in. Every method raises ControlError for what is
    refused and where no mock answers. Proxies of the environment are not used.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, timeout_s: float = 30.0
    ) -> None:
        """``timeout_s`` is how long to wait for an answer. Raises ValueError for no URL."""
        given = os.environ.get(URL_VARIABLE, "") if url is None else url
        split = urlsplit(given)
        if split.scheme not in ("http", "https") or not split.netloc:
            where = "" if url is not None or given else f"; {URL_VARIABLE} is not set"
            raise ValueError(f"url is {given!r}, expected http://HOST:PORT{where}")
        self.url = f"{split.scheme}://{split.netloc}{PREFIX}"
        self._token = os.environ.get(TOKEN_VARIABLE) or None if token is None else token
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # -- how it is

    def health(self) -> models.Health:
        """Return how the mock exchange is; also of one that broke."""
        return self._ask(models.Health, "GET", "/health")

    def reset(self) -> models.Health:
        """Begin anew: no faults, connections, edits, or journal."""
        return self._ask(models.Health, "POST", "/reset", body={})

    def openapi(self) -> dict[str, Any]:
        """Return the API as OpenAPI 3.1."""
        found: dict[str, Any] = json.loads(self._send("GET", "/openapi.json")[0])
        return found

    # -- faults and scenarios

    def faults(self) -> list[models.FaultAtWork]:
        """Return the faults at work, in the order in which they act."""
        return self._ask(models.Faults, "GET", "/faults").faults

    def fault_kinds(self) -> list[models.FaultKind]:
        """Return what can go wrong."""
        return self._ask(models.FaultKinds, "GET", "/faults/kinds").kinds

    def add_fault(self, fault: Fault | Mapping[str, Any]) -> models.FaultAtWork:
        """Let something go wrong from now on."""
        return self._ask(models.FaultAtWork, "POST", "/faults", body=_plain(fault))

    def remove_fault(self, number: int) -> models.FaultAtWork:
        """Take one fault away."""
        return self._ask(models.FaultAtWork, "DELETE", f"/faults/{number}")

    def clear_faults(self) -> int:
        """Let everything go right again; return how many faults were at work."""
        return self._ask(models.Removed, "DELETE", "/faults").removed

    def scenarios(self) -> list[models.ScenarioInfo]:
        """Return the ready scenarios."""
        return self._ask(models.Scenarios, "GET", "/scenarios").scenarios

    def playing(self) -> models.Playing:
        """Return the scenarios that are being played."""
        return self._ask(models.Playing, "GET", "/scenario")

    def play(self, scenario: Scenario | Mapping[str, Any] | str) -> models.Playing:
        """Play a scenario, or a ready one by its name."""
        body = {"name": scenario} if isinstance(scenario, str) else _plain(scenario)
        if set(body) <= {"name"} and not isinstance(scenario, str):
            # a whole scenario in which nothing happens, not the name of a ready one
            body = {**body, "faults": []}
        return self._ask(models.Playing, "POST", "/scenario", body=body)

    def end_scenario(self) -> int:
        """Take away the faults of scenarios; return how many were at work."""
        return self._ask(models.Removed, "DELETE", "/scenario").removed

    # -- clock and market

    def clock(self) -> models.ClockState:
        """Return the clock."""
        return self._ask(models.ClockState, "GET", "/clock")

    def freeze(self) -> models.ClockState:
        """Let the clock stand still."""
        return self._set_clock(rate=0)

    def run(self, rate: float = 1) -> models.ClockState:
        """Let the clock run: 1 is real time, 60 a minute a second."""
        return self._set_clock(rate=rate)

    def step(self, seconds: float) -> models.ClockState:
        """Move the clock on; what is due in between happens, in order."""
        return self._set_clock(step_s=seconds)

    def move_to(self, at_ms: int) -> models.ClockState:
        """Move the clock to a later date, epoch milliseconds."""
        return self._set_clock(to_ms=at_ms)

    def to_next_close(self, interval: str = "1m") -> models.ClockState:
        """Move the clock to the next close of an interval, by the exchange's name for it."""
        return self._set_clock(next_close=interval)

    def market(self) -> models.MarketState:
        """Return what is listed, and what was done to the market."""
        return self._ask(models.MarketState, "GET", "/market")

    def edit_market(self, edit: MarketEdit | Mapping[str, Any]) -> models.MarketState:
        """Change the market from now on."""
        return self._ask(models.MarketState, "POST", "/market", body=_plain(edit))

    def reset_market(self) -> int:
        """Take all market edits back; return how many there were."""
        return self._ask(models.Removed, "DELETE", "/market").removed

    def candles(
        self,
        pair: str,
        interval: str = "1m",
        *,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> list[models.LedgerCandle]:
        """Return the true candles that open in ``[from_ms, to_ms)``, epoch milliseconds."""
        query = {"pair": pair, "interval": interval, "from": from_ms, "to": to_ms}
        return self._ask(models.LedgerCandles, "GET", "/candles", query=query).candles

    # -- connections and journal

    def connections(self) -> list[models.ConnectionInfo]:
        """Return the open WebSocket connections."""
        return self._ask(models.Connections, "GET", "/connections").connections

    def end_connections(
        self,
        number: int | None = None,
        *,
        code: int | None = None,
        reason: str = "",
        how: str | None = None,
    ) -> list[int]:
        """End every connection, or one, now; return the numbers of those that were ended.

        With a close frame of ``code`` and ``reason``, or without one: ``how`` is eof or reset.
        """
        path = "/connections" if number is None else f"/connections/{number}"
        query = {"code": code, "reason": reason or None, "how": how}
        return self._ask(models.Ended, "DELETE", path, query=query).ended

    def journal(
        self,
        *,
        after: int = 0,
        kind: Kind | None = None,
        connection: int | None = None,
        containing: str = "",
        limit: int = 1_000,
    ) -> JournalPage:
        """Return entries after a number, oldest first."""
        query = {
            "after": after, "kind": kind, "connection": connection,
            "containing": containing or None, "limit": limit,
        }  # fmt: skip
        text, headers = self._send("GET", "/journal", query=query)
        entries = (
            models.JournalEntry.model_validate_json(line) for line in text.split(b"\n") if line
        )
        return JournalPage(tuple(entries), int(headers.get("Mock-Journal-Next", 0)))

    def wait(
        self,
        kind: Kind | None = None,
        *,
        containing: str = "",
        connection: int | None = None,
        times: int = 1,
        within_s: float = 30,
        after: int = 0,
    ) -> models.Waited:
        """Return when something happened.

        Raises ControlError (``not-in-time``) after ``within_s`` real seconds.
        """
        body = {
            "kind": kind, "containing": containing, "connection": connection,
            "times": times, "within_s": within_s, "after": after,
        }  # fmt: skip
        return self._ask(models.Waited, "POST", "/wait", body=body, longer_s=within_s)

    def _set_clock(self, **change: Any) -> models.ClockState:
        return self._ask(models.ClockState, "POST", "/clock", body=change)

    def _ask(
        self,
        answer: type[M],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        longer_s: float = 0,
    ) -> M:
        text, _ = self._send(method, path, query=query, body=body, longer_s=longer_s)
        try:
            return answer.model_validate_json(text)
        except ValidationError as error:
            raise self._strange(error) from None

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        longer_s: float = 0,
    ) -> tuple[bytes, Mapping[str, str]]:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self.url}{path}?{urlencode(given)}" if given else f"{self.url}{path}"
        headers = {"User-Agent": f"mock-exchanges/{release()}"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout_s + longer_s) as answer:
                return answer.read(), dict(answer.headers.items())
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
                if error.code == 503 and path == "/health" and b'"exchange"' in text:
                    return text, dict(error.headers.items())
                raise self._refused(error.code, text) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", error)
            raise ControlError(
                "unreachable", f"no mock exchange answers at {self.url}: {why}",
                "mock-exchanges serve starts one, and prints its control URL",
            ) from None  # fmt: skip

    def _refused(self, status: int, text: bytes) -> ControlError:
        try:
            failure = _FAILURE.validate_json(text)
        except ValidationError as error:
            return self._strange(error, status)
        arrived = tuple(failure.arrived) if isinstance(failure, models.NotYet) else ()
        return ControlError(
            failure.code, failure.message, failure.hint,
            field=failure.field, status=status, arrived=arrived,
        )  # fmt: skip

    def _strange(self, error: ValidationError, status: int = 200) -> ControlError:
        return ControlError(
            "strange", f"{self.url} answers, but not as a control API does (status {status})",
            "is it a mock exchange, with its control API on?", status=status,
        )  # fmt: skip


_FAILURE: TypeAdapter[models.NotYet | models.Failure] = TypeAdapter(models.NotYet | models.Failure)


def _plain(said: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent: of a model what was said of it."""
    if isinstance(said, BaseModel):
        return said.model_dump(mode="json", exclude_unset=True)
    return dict(said)
