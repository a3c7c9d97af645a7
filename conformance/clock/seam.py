"""What the loop asks a network about addresses; `conformance.network` answers."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["AddressBook", "books", "resolves_at_once", "translate"]


class AddressBook(Protocol):
    """A network that stands between the program and its sockets."""

    def translate(self, address: Any) -> Any:
        """Return the address that a connect to ``address`` really goes to."""
        ...


# The networks in force, the innermost last.
books: list[AddressBook] = []


def translate(address: Any) -> Any:
    """Return where a connect to ``address`` really goes."""
    for book in reversed(books):
        address = book.translate(address)
    return address


def resolves_at_once(host: str | bytes | None) -> bool:
    """Whether looking this host up cannot block: no name server is asked."""
    return bool(books) or host in (None, "", b"", "localhost", b"localhost")
