"""Feeds that get their tokens badly."""

from __future__ import annotations

from tests.gallery.demo import UrlOfAConstantEndpoint, UrlStaysBrokenAfterOneFailure
from tests.gallery.feeds.good import DemoTokenFeed


class AsksForATokenOnce(DemoTokenFeed):
    """A request for a token that failed is taken to be under way still."""

    adapter = UrlStaysBrokenAfterOneFailure


class ConnectsToAConstant(DemoTokenFeed):
    """The token is the answer's, the endpoint is not."""

    adapter = UrlOfAConstantEndpoint


PROVE = {
    "AsksForATokenOnce": ("TOKEN-02", "demo@token"),
    "ConnectsToAConstant": ("TOKEN-03", "demo@token"),
}
