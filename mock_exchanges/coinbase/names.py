"""Products: which are listed, which share a book, what was probably meant by others.

A ``-USDC`` product is another name of the ``-USD`` one, but for a few true USDC books.
https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.following import Following
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.pair import Pair

_SEPARATORS = str.maketrans("/_:", "---")


class Names:
    """The products of the listed pairs: their ids are the standard names."""

    def __init__(self, pairs: Mapping[str, Pair], profile: Profile) -> None:
        self._profile = profile
        self._read = Following(pairs, self._split)

    @property
    def aliases(self) -> Mapping[str, str]:
        """The products that are another's book -> that book."""
        return self._read.get()[0]

    @property
    def books(self) -> dict[str, Pair]:
        """The products with a book of their own."""
        return self._read.get()[1]

    @property
    def products(self) -> list[str]:
        """All product ids, an alias after its book."""
        listed = []
        for name in self.books:
            listed.append(name)
            if f"{name}C" in self.aliases:
                listed.append(f"{name}C")
        return listed

    def _split(self, pairs: Mapping[str, Pair]) -> tuple[dict[str, str], dict[str, Pair]]:
        usd = {}
        if self._profile.usdc_is_usd:
            names = (f"{name}C" for name in pairs if name.endswith("-USD"))
            usd = {name: name[:-1] for name in names if name not in self._profile.usdc_books}
        return usd, {name: pair for name, pair in pairs.items() if name not in usd}

    def book(self, product: str) -> str | None:
        """Return the pair whose data a product gives, or None if it is not listed."""
        name = self.aliases.get(product, product)
        return name if name in self.books else None

    def shown(self, product: str) -> str:
        """Return the name that acknowledgements and data use."""
        return self.aliases.get(product, product)

    def explain(self, product: str) -> str:
        """Return why there is no such product, and the nearest one there is."""
        word = product.upper().translate(_SEPARATORS)
        plain = {name.replace("-", ""): name for name in self.products}
        found = nearest(word.replace("-", ""), plain)
        near = plain[found] if found else None
        return f"no product {product!r}{f'; nearest is {near!r}' if near else ''}"
