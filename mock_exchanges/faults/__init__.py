"""What can go wrong at an exchange, one kind a file; each says what the client notices."""

from mock_exchanges.faults.base import NoFault, Scope
from mock_exchanges.faults.drop_connection import DropConnection
from mock_exchanges.faults.http_answer import HttpAnswer
from mock_exchanges.faults.mute_data import MuteData
from mock_exchanges.faults.refuse_connection import RefuseConnection

__all__ = [
    "DropConnection",
    "HttpAnswer",
    "MuteData",
    "NoFault",
    "RefuseConnection",
    "Scope",
]
