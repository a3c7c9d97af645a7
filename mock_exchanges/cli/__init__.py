"""The command line: ``mock-exchanges serve binance``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

MISUSED = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 2 for what the user can mend."""
    try:
        return _main(argv)
    except KeyboardInterrupt:
        # Ctrl-C while still importing, before the signal handlers were in place.
        return 0


def _main(argv: Sequence[str] | None) -> int:
    from mock_exchanges.cli.arguments import Misuse, parse

    try:
        arguments = parse(argv)
        # aiohttp is imported only now, so that --help and --version answer at once.
        from mock_exchanges.cli.serve import serve

        serve(arguments)
    except Misuse as misuse:
        sys.stderr.write(f"mock-exchanges: {misuse}\n")
        return MISUSED
    return 0
