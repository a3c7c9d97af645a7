"""What is listed: instruments. Spot pairs only; the other types exist and are empty.

https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.following import Following
from mock_exchanges.core.http import compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.okx import errors, wire
from mock_exchanges.okx.params import parse

TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
_MINUTES = every(MINUTE_MS)


class Listing:
    """The pairs of a market as OKX lists them."""

    def __init__(self, market: Market, bad_parameter_status: int) -> None:
        self._market = market
        self._status = bad_parameter_status

    @cached_property
    def _entries(self) -> Following[dict[tuple[str, str], str]]:
        return Following(self._market.pairs, self._made)

    def instruments(self, query: str, now_ms: int) -> bytes:
        """Return the body of instruments; raise ApiError for a wrong query."""
        sent = parse(query)
        kind, wanted = sent.get("instType"), sent.get("instId")
        if kind is None:
            raise errors.missing("instType", self._status)
        if kind not in TYPES:
            raise errors.wrong("instType", self._status)
        if kind == "OPTION" and "uly" not in sent and "instFamily" not in sent:
            raise errors.ApiError(
                "50015", "Either parameter uly or instFamily is required", self._status
            )
        listed = self._market.pairs if kind == "SPOT" else {}
        if wanted is not None and wanted not in listed:
            raise errors.unknown_instrument()
        known = self._entries.get()
        entries = [
            known[name, self._state(name, now_ms)] for name in listed if wanted in (None, name)
        ]
        return f'{{"code":"0","msg":"","data":[{",".join(entries)}]}}'.encode()

    def _made(self, pairs: Mapping[str, Pair]) -> dict[tuple[str, str], str]:
        opened = self._market.first_open
        return {
            (name, state): compact(_entry(pair, number, opened(name, _MINUTES), state))
            for number, (name, pair) in enumerate(pairs.items(), 1)
            for state in ("live", "suspend", "preopen")
        }

    def _state(self, pair: str, now_ms: int) -> str:
        if now_ms < self._market.first_open(pair, _MINUTES):
            return "preopen"
        return "live" if self._market.trading(pair, now_ms) else "suspend"


def _entry(pair: Pair, number: int, listed_ms: int, state: str) -> dict[str, Any]:
    blank = ("alias", "ctMult", "ctType", "ctVal", "ctValCcy", "expTime", "instFamily",
             "optType", "settleCcy", "stk", "uly", "auctionEndTime", "contTdSwTime",
             "preMktSwTime", "openType")  # fmt: skip
    step = wire.plain(1, pair.volume_digits)
    return {
        **dict.fromkeys(blank, ""),
        "baseCcy": pair.base,
        "category": "1",
        "futureSettlement": False,
        "groupId": "1",
        "instId": pair.name,
        "instIdCode": number,
        "instType": "SPOT",
        "lever": "",
        "listTime": str(listed_ms),
        "lotSz": step,
        "maxLmtAmt": "20000000",
        "maxLmtSz": "9999999999",
        "maxMktAmt": "1000000",
        "maxMktSz": "1000000",
        "minSz": step,
        "quoteCcy": pair.quote,
        "ruleType": "normal",
        "state": state,
        "tickSz": wire.plain(1, pair.price_digits),
        "tradeQuoteCcyList": [pair.quote],
        "upcChg": [],
    }
