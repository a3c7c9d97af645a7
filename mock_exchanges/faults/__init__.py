"""What can go wrong at an exchange, one kind a file; each says what the client notices."""

from typing import TYPE_CHECKING

from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.end.age_limit import AgeLimit
from mock_exchanges.faults.end.close_code import CloseCode
from mock_exchanges.faults.end.close_no_frame import CloseNoFrame
from mock_exchanges.faults.end.half_open import HalfOpen
from mock_exchanges.faults.end.notice_then_close import NoticeThenClose
from mock_exchanges.faults.end.reset import Reset
from mock_exchanges.faults.silence.mute_ack import MuteAck
from mock_exchanges.faults.silence.mute_all import MuteAll
from mock_exchanges.faults.silence.mute_data import MuteData
from mock_exchanges.faults.silence.mute_ping import MutePing
from mock_exchanges.faults.silence.mute_pong import MutePong
from mock_exchanges.faults.silence.mute_stream import MuteStream
from mock_exchanges.faults.silence.never_start import NeverStart
from mock_exchanges.faults.table import UnknownFault, complete, faults, find, register

if TYPE_CHECKING:
    AnyFault = Fault
else:
    AnyFault = complete(Fault)

__all__ = [
    "ActiveFault",
    "AgeLimit",
    "AnyFault",
    "CloseCode",
    "CloseNoFrame",
    "Fault",
    "HalfOpen",
    "HttpStatus",
    "MuteAck",
    "MuteAll",
    "MuteData",
    "MutePing",
    "MutePong",
    "MuteStream",
    "NeverStart",
    "NoticeThenClose",
    "Reset",
    "UnknownFault",
    "faults",
    "find",
    "register",
]
