"""When a fault that lasts for some time is over."""

from __future__ import annotations

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.faults.active import ActiveFault


def ends_ms(work: ActiveFault) -> int | None:
    """Return when a fault at work ends (epoch milliseconds), None if it lasts."""
    fault = work.fault
    if fault.for_s is None:
        return None
    return work.began_ms + round((fault.from_s + fault.for_s) * SECOND_MS)


def seconds_until(at_ms: int, now_ms: int) -> int:
    """Return whole seconds until a time, rounded up, as exchanges tell them."""
    return max(0, -(-(at_ms - now_ms) // SECOND_MS))
