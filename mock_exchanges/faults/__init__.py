"""What can go wrong at an exchange, one kind a file; each says what the client notices."""

from typing import TYPE_CHECKING

from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.end.close_code import CloseCode
from mock_exchanges.faults.end.close_no_frame import CloseNoFrame
from mock_exchanges.faults.end.reset import Reset
from mock_exchanges.faults.silence.mute_data import MuteData
from mock_exchanges.faults.table import UnknownFault, complete, faults, find, register

if TYPE_CHECKING:
    AnyFault = Fault
else:
    AnyFault = complete(Fault)

__all__ = [
    "ActiveFault",
    "AnyFault",
    "CloseCode",
    "CloseNoFrame",
    "Fault",
    "HttpStatus",
    "MuteData",
    "Reset",
    "UnknownFault",
    "faults",
    "find",
    "register",
]
