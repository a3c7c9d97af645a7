"""Adapters that are wrong in one way each, a few lines over the reference adapter.

A card names the one that proves its check; the matrix test holds that each fails its
own check and nothing unrelated. Each is named ``tests.gallery.defective:NAME``, whatever
file it is in.
"""

# ruff: noqa: F403 - an area is gathered whole, so that none of its adapters is forgotten

from tests.gallery.defective.interval import *
from tests.gallery.defective.live import *
from tests.gallery.defective.parse import *
from tests.gallery.defective.payload import *
from tests.gallery.defective.process import *
from tests.gallery.defective.rest import *
from tests.gallery.defective.url import *

# what the adapters prove, besides those that a card names
ALSO_PROVE = {
    "UrlWithoutEncryption": "URL-01",
    "UrlOfTheTestSystem": "URL-01",
    "PairOfTheOtherDollar": "PAIR-01",
    "PayloadWithoutId": "PAY-01",
    "PayloadThatIsNoJson": "PAY-01",
    "PayloadAlwaysForOneMinute": "PAY-01",
    "ParseTakesTheQuoteVolume": "PARSE-01",
    "ParseGivesMilliseconds": "PARSE-01",
    "ParseRoundsToSixDigits": "PARSE-01",
    "ParseTakesTheCloseTime": "PARSE-05",
    "ParseMergesPairs": "PARSE-07",
    "RestTakesMilliseconds": "REST-01",
    "RestLosesTheLastRow": "REST-01",
    "RestGivesMilliseconds": "REST-03",
    "NeverAnswers": "REST-01",
    "BlocksInAPlainMethod": "LIFE-07",
    "TakesTheInterrupt": "LIFE-05",
}
