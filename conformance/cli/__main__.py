"""``python -m conformance.cli``, where the command is not on the path."""

import sys

from conformance.cli import main

sys.exit(main())
