"""``python -m mock_exchanges.cli``, where the command is not on the path."""

import sys

from mock_exchanges.cli import main

sys.exit(main())
