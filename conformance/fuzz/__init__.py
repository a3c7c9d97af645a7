"""Random but valid sessions with faults; the shortest one that loses a candle is written down.

Needs hypothesis: the extra ``fuzz``. `conformance.fuzz.search` is where it begins.
"""
