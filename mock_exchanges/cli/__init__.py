"""The command line: ``mock-exchanges serve binance``, ``mock-exchanges profiles``."""

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
    from mock_exchanges.cli.arguments import (
        ControlArguments,
        ListingArguments,
        Misuse,
        ProfilesArguments,
        parse,
    )

    try:
        arguments = parse(argv)
        if isinstance(arguments, ControlArguments):
            from mock_exchanges.cli.ctl import ctl

            ctl(arguments)
            return 0
        if isinstance(arguments, ProfilesArguments):
            from mock_exchanges.cli.profiles import profiles

            profiles(arguments)
            return 0
        if isinstance(arguments, ListingArguments):
            from mock_exchanges.cli.listing import list_faults, list_scenarios

            (list_faults if arguments.what == "faults" else list_scenarios)(arguments)
            return 0
        # aiohttp is imported only now, so that --help and --version answer at once.
        from mock_exchanges.cli.serve import serve

        serve(arguments)
    except Misuse as misuse:
        sys.stderr.write(f"mock-exchanges: {misuse}\n")
        return MISUSED
    return 0
