"""The command line: ``mock-exchanges serve binance``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mock_exchanges.cli.arguments import Misuse, parse

MISUSED = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 2 for what the user can mend."""
    try:
        arguments = parse(argv)
        # aiohttp is imported only now, so that --help and --version answer at once.
        from mock_exchanges.cli.serve import serve

        serve(arguments)
    except KeyboardInterrupt:
        # Ctrl-C before the signal handlers were in place.
        return 0
    except Misuse as misuse:
        sys.stderr.write(f"mock-exchanges: {misuse}\n")
        return MISUSED
    return 0
