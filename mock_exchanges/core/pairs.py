"""A catalogue of trading pairs: levels and digits as one finds them on exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from mock_exchanges.core.pair import Pair

_NAME = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{2,10}")


def _pair(
    name: str,
    price: str,
    digits: tuple[int, int],
    volume_per_minute: str,
    trades_per_minute: int = 30,
    quiet: float = 0.02,
    listed: date = date(2019, 9, 17),
) -> Pair:
    base, quote = name.split("-")
    return Pair(
        base=base,
        quote=quote,
        price=Decimal(price),
        price_digits=digits[0],
        volume_digits=digits[1],
        volume_per_minute=Decimal(volume_per_minute),
        trades_per_minute=trades_per_minute,
        quiet=quiet,
        listed=listed,
    )


# The digits are those of the price and of the base volume.
DEFAULT_PAIRS: tuple[Pair, ...] = (
    _pair("BTC-USDT", "64250.00", (2, 5), "12", 60, 0.0, date(2017, 8, 17)),
    _pair("ETH-USDT", "3140.00", (2, 4), "180", 50, 0.0, date(2017, 8, 17)),
    _pair("BNB-USDT", "587.00", (2, 3), "90", 30, 0.01, date(2017, 11, 6)),
    _pair("SOL-USDT", "148.00", (2, 3), "1400", 40, 0.01, date(2020, 8, 11)),
    _pair("XRP-USDT", "0.5370", (4, 1), "190000", 30, 0.01, date(2018, 5, 4)),
    _pair("DOGE-USDT", "0.12240", (5, 0), "800000", 30, 0.01, date(2019, 7, 5)),
    _pair("SHIB-USDT", "0.00002345", (8, 0), "900000000", 25, 0.03, date(2021, 5, 10)),
    _pair("1INCH-USDT", "0.3820", (4, 1), "9000", 12, 0.15, date(2020, 12, 25)),
    _pair("1000SATS-USDT", "0.0002871", (7, 0), "30000000", 15, 0.1, date(2023, 12, 12)),
    _pair("BTC-USDC", "64240.00", (2, 5), "1.5", 25, 0.03, date(2018, 12, 15)),
    _pair("BTC-FDUSD", "64260.00", (2, 5), "4", 30, 0.02, date(2023, 8, 4)),
    _pair("BTC-EUR", "59300.00", (2, 5), "0.6", 15, 0.08, date(2020, 1, 3)),
    _pair("BTC-USD", "64230.00", (2, 5), "5", 35, 0.01, date(2015, 7, 20)),
    _pair("ETH-USD", "3139.00", (2, 5), "60", 30, 0.01, date(2016, 5, 18)),
    _pair("ETH-BTC", "0.04887", (5, 3), "20", 20, 0.05, date(2017, 7, 14)),
    _pair("POWR-USDT", "0.2316", (4, 1), "1600", 8, 0.6, date(2021, 11, 19)),
)


def pairs_named(names: Iterable[str]) -> list[Pair]:
    """Return the pairs of these names, ``BASE-QUOTE``, in this order.

    What the catalogue does not hold is made up, the same every time.
    """
    known = {pair.name: pair for pair in DEFAULT_PAIRS}
    return [known.get(name) or _made_up(name) for name in names]


def _made_up(name: str) -> Pair:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f'pair is {name!r}, expected "BASE-QUOTE" in capitals and digits, such as "BTC-USDT"'
        )
    drawn = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    # Four figures and two to five decimals: between 0.02 and 100.
    drawn, figures = divmod(drawn, 8_000)
    drawn, digits = divmod(drawn, 4)
    price_digits = 2 + digits
    volume_digits = max(0, 4 - price_digits)
    price = Decimal(2_000 + figures).scaleb(-price_digits)
    # About 20 000 quote units a minute.
    volume = (20_000 / price).quantize(Decimal(1).scaleb(-volume_digits))
    return _pair(name, str(price), (price_digits, volume_digits), str(volume), 15, 0.05)
