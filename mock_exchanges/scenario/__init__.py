"""What happens at an exchange, written down: in Python, as a TOML or YAML file, as JSON."""

from mock_exchanges.scenario.catalogue import UnknownScenario, library
from mock_exchanges.scenario.checking import check
from mock_exchanges.scenario.model import Scenario
from mock_exchanges.scenario.reading import BadScenario, find, load, loads

__all__ = [
    "BadScenario",
    "Scenario",
    "UnknownScenario",
    "check",
    "find",
    "library",
    "load",
    "loads",
]
