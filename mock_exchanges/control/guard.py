"""Who may use the control API: programs of this machine, or who knows the token.

A web page that a browser of this machine shows must not reach it, neither by a request to
127.0.0.1 nor by a name of its own that it lets point there (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping

from mock_exchanges.control.problem import Problem


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuses what is not for it; ``host`` is the address that is listened on."""

    def __init__(self, host: str, token: str | None) -> None:
        """Raises ValueError for an empty token, or none where other machines come in."""
        if token is not None and not token:
            raise ValueError("control token is empty, expected some letters, or None for no token")
        if token is None and not is_loopback(host):
            raise ValueError(f"host {host!r} lets other machines in: a control token is needed")
        self._host = host.lower()
        self._token = token
        self._local = is_loopback(host)

    def check(self, headers: Mapping[str, str]) -> None:
        """Raise Problem for a request that is refused; header names are lower case."""
        if "origin" in headers:
            raise Problem(
                403, "browser", "the request has an Origin header: web pages are not let in",
                field="Origin", hint="use curl, a program, or mock-exchanges ctl",
            )  # fmt: skip
        if headers.get("user-agent", "").lower().startswith("mozilla/"):
            raise Problem(
                403, "browser", "the User-Agent is a browser's: browsers are not let in",
                field="User-Agent", hint="use curl, a program, or mock-exchanges ctl",
            )  # fmt: skip
        # with other machines' names for us unknown, the token alone keeps strangers out
        if self._local and not self._is_ours(headers.get("host", "")):
            raise Problem(
                403, "wrong-host",
                f"Host is {headers.get('host', '')!r}, which is no address of this machine",
                field="Host", hint="dial 127.0.0.1 or localhost",
            )  # fmt: skip
        if self._token is not None:
            given = headers.get("authorization", "")
            scheme, _, token = given.partition(" ")
            right = hmac.compare_digest(_bytes(token.strip()), _bytes(self._token))
            if scheme.lower() != "bearer" or not right:
                said = "is wrong" if given else "is missing"
                raise Problem(
                    401, "no-token", f"the control token {said}", field="Authorization",
                    hint="send the header Authorization: Bearer TOKEN",
                    headers={"WWW-Authenticate": "Bearer"},
                )  # fmt: skip

    def _is_ours(self, host: str) -> bool:
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        return is_loopback(name) or name.lower() == self._host


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
