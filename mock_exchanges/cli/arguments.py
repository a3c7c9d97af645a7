"""What can be said on the command line, and what is wrong with it."""

from __future__ import annotations

import argparse
import difflib
import ipaddress
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NoReturn

DISTRIBUTION = "exchange-conformance"

_DESCRIPTION = "Mock exchanges that unmodified clients believe: REST and WebSocket candles."
_EXAMPLES = """\
examples:
  mock-exchanges serve                         binance on any free port
  mock-exchanges serve binance --port 8081     on a port of your choice
  mock-exchanges serve --tls                   https and wss, with a throw-away CA
  mock-exchanges serve --tls --proxy           at production addresses, by HTTPS_PROXY
  mock-exchanges serve --json                  one line of JSON with the addresses, for scripts
  mock-exchanges serve --scenario flapping     something goes wrong, as it did in the field
  mock-exchanges ctl add-fault reset after=3   something goes wrong while it runs
  mock-exchanges faults                        what can go wrong on command
  mock-exchanges scenarios                     ready scenarios
  mock-exchanges profiles                      exchanges, their dated profiles, what differs
"""


class Misuse(Exception):
    """Something the user can mend; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What to serve, and where. ``pairs`` None is the market's own choice."""

    exchanges: tuple[str, ...]
    host: str
    port: int
    seed: int
    pairs: tuple[str, ...] | None
    tls: bool
    ca_file: Path | None
    json: bool
    scenario: str | None = None
    control_token: str | None = None
    record: Path | None = None
    replay: Path | None = None
    # the proxy's port, 0 for any; None for no proxy
    proxy: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesArguments:
    """Whose profiles to print; none named is all exchanges."""

    exchanges: tuple[str, ...]
    json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingArguments:
    """Which faults or scenarios to print; none named is all of them, in brief."""

    what: Literal["faults", "scenarios"]
    names: tuple[str, ...]
    json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlArguments:
    """What to say to a running mock: ``verb`` ("" if none), and what its parser read."""

    verb: str
    parsed: argparse.Namespace


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a line, with the nearest right option."""

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            word = unknown.split()[0].partition("=")[0]
            near = difflib.get_close_matches(word, list(_OPTIONS), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            message = f"{unknown.split()[0]} is not an option{hint}"
        raise Misuse(f"{message}\nTry: {self.prog} --help")


def parse(
    argv: Sequence[str] | None = None,
) -> Arguments | ProfilesArguments | ListingArguments | ControlArguments:
    """Read the command line. Raises Misuse; SystemExit(0) after --help and --version."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["ctl"]:
        # imported only now: its verbs know faults and models
        from mock_exchanges.cli.ctl import read

        return read(words[1:])
    parsed = _parser().parse_args(words)
    if parsed.command is None:
        raise Misuse(
            "nothing to do; expected a command: serve, ctl, faults, scenarios or profiles\n"
            "Try: mock-exchanges --help"
        )
    if parsed.command == "profiles":
        return ProfilesArguments(exchanges=tuple(dict.fromkeys(parsed.exchanges)), json=parsed.json)
    if parsed.command in ("faults", "scenarios"):
        return ListingArguments(what=parsed.command, names=tuple(parsed.names), json=parsed.json)
    if not parsed.allow_remote and not _is_loopback(parsed.host):
        raise Misuse(
            f"--host {parsed.host} would let other machines in; "
            "give --allow-remote if that is meant (the mock has no access control)"
        )
    exchanges = tuple(parsed.exchanges) or ("binance",)
    if len(set(exchanges)) != len(exchanges):
        raise Misuse(f"an exchange is named twice: {' '.join(exchanges)}")
    if parsed.ca_file is not None and not parsed.tls:
        raise Misuse("--ca-file needs --tls")
    if parsed.proxy is not None and not parsed.tls:
        raise Misuse("--proxy needs --tls: production hosts are dialled over TLS")
    for option, file in (("--record", parsed.record), ("--replay", parsed.replay)):
        if file is not None and len(exchanges) > 1:
            raise Misuse(f"{option} is of one exchange; {len(exchanges)} are named")
    if parsed.replay is not None and parsed.replay == parsed.record:
        raise Misuse(f"--replay and --record are both {parsed.replay}; expected two files")
    return Arguments(
        exchanges=exchanges,
        host=parsed.host,
        port=parsed.port,
        seed=parsed.seed,
        pairs=parsed.pairs,
        tls=parsed.tls,
        ca_file=parsed.ca_file,
        json=parsed.json,
        scenario=parsed.scenario,
        control_token=_token(parsed.control_token),
        record=parsed.record,
        replay=parsed.replay,
        proxy=parsed.proxy,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="mock-exchanges",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"mock-exchanges {version(DISTRIBUTION)}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve exchanges until Ctrl-C",
        description="Serve exchanges in real time, each at the root of its own port, until Ctrl-C.",
        allow_abbrev=False,
    )
    serve.add_argument(
        "exchanges",
        nargs="*",
        metavar="NAME",
        help="exchange, or NAME@DATE for how it was at a date (default: binance)",
    )
    _OPTIONS.clear()
    for option, settings in (
        ("--port", {"type": _port, "default": 0, "metavar": "PORT",
                    "help": "first port, one more for each further exchange (default: any free)"}),
        ("--host", {"default": "127.0.0.1", "metavar": "ADDRESS",
                    "help": "address to listen on (default: 127.0.0.1)"}),
        ("--allow-remote", {"action": "store_true",
                            "help": "permit a --host that other machines reach"}),
        ("--seed", {"type": _seed, "default": 1, "metavar": "N",
                    "help": "which market; the same seed is the same candles (default: 1)"}),
        ("--pairs", {"type": _pairs, "metavar": "BTC-USDT,…",
                     "help": "pairs to list, by their standard names"}),
        ("--tls", {"action": "store_true",
                   "help": "https and wss, certified by a throw-away CA"}),
        ("--ca-file", {"type": Path, "metavar": "PATH",
                       "help": "where to write the CA with --tls (default: a temporary file)"}),
        ("--proxy", {"type": _port, "nargs": "?", "const": 0, "metavar": "PORT",
                     "help": "with --tls: a proxy on loopback that leads production host names "
                             "here, and refuses all others (default port: any free)"}),
        ("--scenario", {"metavar": "NAME",
                        "help": "what goes wrong from the start on: a ready one, or a file"}),
        ("--record", {"type": Path, "metavar": "FILE",
                      "help": "write the journal to a file as it happens, one JSON object a line"}),
        ("--replay", {"type": Path, "metavar": "FILE",
                      "help": "do again what a recorded journal says that the exchange did"}),
        ("--control-token", {"nargs": "?", "const": "", "metavar": "TOKEN",
                             "help": "what control requests must carry; made up if left out. "
                                     "Without it other machines get no control API"}),
        ("--json", {"action": "store_true",
                    "help": "print the addresses as one line of JSON and nothing else"}),
    ):  # fmt: skip
        _OPTIONS.append(option)
        serve.add_argument(option, **settings)
    # read by the command itself, which has verbs of its own
    commands.add_parser("ctl", help="command a running mock exchange", add_help=False)
    for what, help_text in (
        ("faults", "list what can go wrong on command"),
        ("scenarios", "list the ready scenarios"),
    ):
        listing = commands.add_parser(
            what, help=help_text, description=help_text.capitalize() + ".", allow_abbrev=False
        )
        listing.add_argument("names", nargs="*", metavar="NAME", help="tell these in full")
        listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
    profiles = commands.add_parser(
        "profiles",
        help="list exchanges and their dated profiles",
        description="List exchanges, how each was at a date, what differs and on whose word.",
        allow_abbrev=False,
    )
    profiles.add_argument(
        "exchanges",
        nargs="*",
        metavar="NAME",
        help="exchange, or NAME@DATE for one of its profiles (default: all)",
    )
    profiles.add_argument("--json", action="store_true", help="print a JSON list and nothing else")
    return parser


_OPTIONS: list[str] = []


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, expected 0 to 65535")
    return int(text)


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def _token(given: str | None) -> str | None:
    """Return the control token; one is made up if it was asked for without saying which."""
    return secrets.token_urlsafe(16) if given == "" else given


def _pairs(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
