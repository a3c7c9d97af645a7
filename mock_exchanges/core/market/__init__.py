"""The market: one ledger that every answer and every stream of an exchange is a view of.

A `Market` is a pure function of its seed and its trading pairs. Any candle of any
year can be read in any order, and two processes with the same seed read the same.

The rules of this market, all of them integers and all of them exact:

* A larger candle is the aggregation of its smaller ones, down to single trades:
  first open, highest high, lowest low, last close, sums of the rest.
* A trading candle opens exactly one tick away from the previous close. Opens are
  even numbers of ticks, closes are odd, high and low lie strictly outside both:
  no two of the four prices of a candle of a minute or more are ever equal, and so a
  swapped column shows. (After a halt the market may open anywhere.)
* ``low * volume <= quote_volume <= high * volume``, for what takers bought and for
  the rest as well.
* A minute trades at least `LEAST_TRADES` times, or not at all; in any aligned
  five minutes at least one minute trades.
* Trade ids count from 1 at the listing, without a gap, halts or not.

A market can be edited while it runs (halt, gap, quieten, correct, list_pair, reset).
What an edit does not touch stays; of what it touches, aggregation and ids hold always,
while larger candles know the trades of lost ones, prices may jump after a quiet stretch
as after a halt, and a quiet minute that is corrected has a single trade.
"""

from mock_exchanges.core.market.edits import Edit
from mock_exchanges.core.market.ledger import Market, UnknownPair
from mock_exchanges.core.market.split import LEAST_TRADES
from mock_exchanges.core.market.trades import Trade

__all__ = ["LEAST_TRADES", "Edit", "Market", "Trade", "UnknownPair"]
