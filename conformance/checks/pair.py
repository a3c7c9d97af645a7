"""Which market does the adapter mean?"""

from __future__ import annotations

from conformance.case import Case
from conformance.registry import check


@check("PAIR-01")
async def right_symbol(case: Case) -> None:
    forms = {pair: tuple(case.samples.symbol_forms(pair)) for pair in case.samples.pairs}
    wrong = {}
    for pair, right in forms.items():
        symbol = await case.subject.symbol(pair)
        case.witness(f"{pair} -> {symbol!r}")
        if symbol not in right:
            wrong[pair] = symbol
    # another market is worse than none: everything works, and every number is wrong
    for pair, symbol in wrong.items():
        other = next((name for name, known in forms.items() if symbol in known), None)
        if other is not None:
            listed = forms[pair][0]
            case.did(f"The exchange lists {listed} for {pair}, and {symbol} for {other}.")
            case.fail(
                f"{pair} becomes {symbol!r}, which is another market: {other}",
                expected=repr(listed),
                got=repr(symbol),
            )
    for pair, symbol in wrong.items():
        listed = forms[pair][0]
        case.did(f"The exchange lists {listed} for {pair}; it lists nothing as {symbol!r}.")
        case.fail(
            f"{pair} becomes {symbol!r}, which the exchange does not list",
            expected=" or ".join(map(repr, forms[pair])),
            got=repr(symbol),
        )
