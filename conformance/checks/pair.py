"""Which market does the adapter mean?"""

from __future__ import annotations

from conformance.case import Case
from conformance.registry import check


@check("PAIR-01")
async def right_symbol(case: Case) -> None:
    forms = {pair: tuple(case.samples.symbol_forms(pair)) for pair in case.samples.pairs}
    for pair, right in forms.items():
        symbol = await case.subject.symbol(pair)
        case.witness(f"{pair} -> {symbol!r}")
        if symbol in right:
            continue
        other = next((p for p, known in forms.items() if symbol in known), None)
        if other is not None:
            case.did(f"The exchange lists {right[0]} for {pair}, and {symbol} for {other}.")
            case.fail(
                f"{pair} becomes {symbol!r}, which is another market: {other}",
                expected=repr(right[0]),
                got=repr(symbol),
            )
        case.did(f"The exchange lists {right[0]} for {pair}; it lists nothing as {symbol!r}.")
        case.fail(
            f"{pair} becomes {symbol!r}, which the exchange does not list",
            expected=" or ".join(map(repr, right)),
            got=repr(symbol),
        )
