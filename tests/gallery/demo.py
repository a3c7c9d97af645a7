"""Adapters that are wrong in what Binance does not ask for: tokens, pings, snapshots."""

from __future__ import annotations

from typing import Any

from reference_adapters.demo import (
    REST_URL,
    Candle,
    DemoAdapter,
    DemoLoginAdapter,
    DemoTokenAdapter,
    Reply,
)


class ParseTakesTheFirstRowOnly(DemoAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        read = super().parse_ws_message(data)
        return read[:1] if isinstance(read, list) else read


class ParseDatesEveryRowAlike(DemoAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        read = super().parse_ws_message(data)
        if isinstance(read, list):
            for candle in read:
                object.__setattr__(candle, "timestamp", read[0].timestamp)
        return read


class ParseLeavesPingsAlone(DemoAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        return None if data.get("op") == "ping" else super().parse_ws_message(data)


class ParseAnswersPingsWithoutTheTime(DemoAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        read = super().parse_ws_message(data)
        return Reply({"op": "pong"}) if isinstance(read, Reply) else read


class UrlWithTokenFromAConstant(DemoTokenAdapter):
    async def get_ws_url(self) -> str:
        return "wss://ws.demo-exchange.example/ws?token=2neAiuYvAU61ZDXANAGAsiL4-iAExhsBXZxftpOeh"


class UrlWithNoToken(DemoTokenAdapter):
    """Reads the answer's fields without a look at whether it is one."""

    async def get_ws_url(self) -> str:
        try:
            answer = await self._network_client.get_rest_data(f"{REST_URL}/token", method="POST")
        except Exception:
            answer = {}
        endpoint = answer.get("endpoint", "wss://ws.demo-exchange.example/ws")
        return f"{endpoint}?token={answer.get('token')}"


class UrlKeepsItsToken(DemoTokenAdapter):
    _url = ""

    async def get_ws_url(self) -> str:
        self._url = self._url or await super().get_ws_url()
        return self._url


class UrlStaysBrokenAfterOneFailure(DemoTokenAdapter):
    """Remembers that it is asking, and not that asking failed."""

    _asking = False

    async def get_ws_url(self) -> str:
        if self._asking:
            raise RuntimeError("a token is being asked for already")
        self._asking = True
        url = await super().get_ws_url()
        self._asking = False
        return url


class UrlOfAConstantEndpoint(DemoTokenAdapter):
    async def get_ws_url(self) -> str:
        query = (await super().get_ws_url()).partition("?")[2]
        return f"wss://ws.demo-exchange.example/ws?{query}"


class OffersNoLogin(DemoAdapter):
    """Right where no login is wanted."""


class LogsInWithAnOldTime(DemoLoginAdapter):
    """Signs once, when it is made, and is refused when that is long ago."""

    def get_ws_auth_payload(self) -> dict[str, Any]:
        payload = super().get_ws_auth_payload()
        payload["args"][0]["ts"] -= 3_600_000
        return payload


class PayloadManyTimesToBeSure(DemoAdapter):
    """Sends its subscription a dozen times, as one may get lost."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> Any:
        asked = super().get_ws_subscription_payload
        return [asked(trading_pair, interval) for _ in range(12)]


class ParseSwallowsErrors(DemoAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        return None if data.get("type") == "error" else super().parse_ws_message(data)


# adapter -> what it proves, and on which profile
PROVE = {
    "PayloadManyTimesToBeSure": ("PAY-05", "demo"),
    "ParseSwallowsErrors": ("PARSE-09", "demo"),
    "OffersNoLogin": ("LOGIN-01", "demo@login"),
    "LogsInWithAnOldTime": ("LOGIN-01", "demo@login"),
    "ParseTakesTheFirstRowOnly": ("PARSE-02", "demo"),
    "ParseDatesEveryRowAlike": ("PARSE-02", "demo"),
    "ParseLeavesPingsAlone": ("PARSE-04", "demo"),
    "ParseAnswersPingsWithoutTheTime": ("PARSE-04", "demo"),
    "UrlWithTokenFromAConstant": ("URL-03", "demo@token"),
    "UrlWithNoToken": ("URL-05", "demo@token"),
    "UrlKeepsItsToken": ("TOKEN-01", "demo@token"),
    "UrlStaysBrokenAfterOneFailure": ("TOKEN-02", "demo@token"),
    "UrlOfAConstantEndpoint": ("TOKEN-03", "demo@token"),
}
