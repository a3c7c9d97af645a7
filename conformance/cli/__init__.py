"""The command line beside pytest: ``conformance list``, ``explain``, ``init``, ``summary``, …"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# pytest's code for wrong use, so that one table of codes holds for both
MISUSED = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 4 for what the user can mend."""
    from conformance.cli.arguments import Misuse, parse

    try:
        return parse(argv)()
    except Misuse as misuse:
        sys.stderr.write(f"conformance: {misuse}\n")
        return MISUSED
    except BrokenPipeError:  # as with: conformance list | head
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the interpreter's last flush
        return 0
