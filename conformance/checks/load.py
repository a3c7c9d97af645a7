"""Is it an adapter at all?"""

from __future__ import annotations

from conformance.case import Case
from conformance.registry import check


@check("LOAD-A1")
async def gives_an_adapter(case: Case) -> None:
    case.witness(f"made {type(case.subject.adapter).__name__}")
    missing = case.subject.missing()
    if missing:
        case.fail(
            f"the adapter has no {', '.join(missing)}",
            expected="the methods of an adapter (get_ws_supported_intervals may return [])",
            got=f"{type(case.subject.adapter).__qualname__} without {', '.join(missing)}",
        )
