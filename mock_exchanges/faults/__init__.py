"""What can go wrong at an exchange, one kind a file; each says what the client notices."""

from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import AnyFault, Fault
from mock_exchanges.faults.connect.http_html import HttpHtml
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.no_answer import NoAnswer
from mock_exchanges.faults.connect.refuse import Refuse
from mock_exchanges.faults.connect.slow_accept import SlowAccept
from mock_exchanges.faults.connect.tls_fail import TlsFail
from mock_exchanges.faults.connect.upgrade_drop import UpgradeDrop
from mock_exchanges.faults.content.duplicate import Duplicate
from mock_exchanges.faults.content.late_correction import LateCorrection
from mock_exchanges.faults.content.multi_row import MultiRow
from mock_exchanges.faults.content.null_row import NullRow
from mock_exchanges.faults.content.reorder import Reorder
from mock_exchanges.faults.content.skip_candle import SkipCandle
from mock_exchanges.faults.content.skip_close import SkipClose
from mock_exchanges.faults.content.stale_snapshot import StaleSnapshot
from mock_exchanges.faults.content.wrong_interval import WrongInterval
from mock_exchanges.faults.content.wrong_symbol import WrongSymbol
from mock_exchanges.faults.end.age_limit import AgeLimit
from mock_exchanges.faults.end.close_code import CloseCode
from mock_exchanges.faults.end.close_no_frame import CloseNoFrame
from mock_exchanges.faults.end.half_open import HalfOpen
from mock_exchanges.faults.end.notice_then_close import NoticeThenClose
from mock_exchanges.faults.end.reset import Reset
from mock_exchanges.faults.pressure.ban import Ban
from mock_exchanges.faults.pressure.burst import Burst
from mock_exchanges.faults.pressure.clock_skew import ClockSkew
from mock_exchanges.faults.pressure.lag import Lag
from mock_exchanges.faults.pressure.rate_limit import RateLimit
from mock_exchanges.faults.pressure.rest_empty_page import RestEmptyPage
from mock_exchanges.faults.pressure.rest_error import RestError
from mock_exchanges.faults.pressure.retire_endpoint import RetireEndpoint
from mock_exchanges.faults.pressure.slow import Slow
from mock_exchanges.faults.pressure.subscribe_limit import SubscribeLimit
from mock_exchanges.faults.pressure.token_expired import TokenExpired
from mock_exchanges.faults.shape.bad_json import BadJson
from mock_exchanges.faults.shape.binary_frame import BinaryFrame
from mock_exchanges.faults.shape.compressed import Compressed
from mock_exchanges.faults.shape.drip import Drip
from mock_exchanges.faults.shape.extra_field import ExtraField
from mock_exchanges.faults.shape.fragment import Fragment
from mock_exchanges.faults.shape.text_frame import TextFrame
from mock_exchanges.faults.shape.unknown_frame import UnknownFrame
from mock_exchanges.faults.silence.mute_ack import MuteAck
from mock_exchanges.faults.silence.mute_all import MuteAll
from mock_exchanges.faults.silence.mute_data import MuteData
from mock_exchanges.faults.silence.mute_ping import MutePing
from mock_exchanges.faults.silence.mute_pong import MutePong
from mock_exchanges.faults.silence.mute_stream import MuteStream
from mock_exchanges.faults.silence.never_start import NeverStart
from mock_exchanges.faults.table import UnknownFault, faults, find, register, union

__all__ = [
    "ActiveFault",
    "AgeLimit",
    "AnyFault",
    "BadJson",
    "Ban",
    "BinaryFrame",
    "Burst",
    "ClockSkew",
    "CloseCode",
    "CloseNoFrame",
    "Compressed",
    "Drip",
    "Duplicate",
    "ExtraField",
    "Fault",
    "Fragment",
    "HalfOpen",
    "HttpHtml",
    "HttpStatus",
    "Lag",
    "LateCorrection",
    "MultiRow",
    "MuteAck",
    "MuteAll",
    "MuteData",
    "MutePing",
    "MutePong",
    "MuteStream",
    "NeverStart",
    "NoAnswer",
    "NoticeThenClose",
    "NullRow",
    "RateLimit",
    "Refuse",
    "Reorder",
    "Reset",
    "RestEmptyPage",
    "RestError",
    "RetireEndpoint",
    "SkipCandle",
    "SkipClose",
    "Slow",
    "SlowAccept",
    "StaleSnapshot",
    "SubscribeLimit",
    "TextFrame",
    "TlsFail",
    "TokenExpired",
    "UnknownFault",
    "UnknownFrame",
    "UpgradeDrop",
    "WrongInterval",
    "WrongSymbol",
    "faults",
    "find",
    "register",
    "union",
]
