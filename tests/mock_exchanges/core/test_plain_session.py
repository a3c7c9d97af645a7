"""A connection that joins and leaves topics, and leaves nothing behind."""

from __future__ import annotations

from mock_exchanges.core.actions import Send, Text
from mock_exchanges.core.hub import Hub, Stream
from mock_exchanges.core.plain_session import PlainSession


class Ticks:
    def next_after(self, at_ms: int) -> int:
        return at_ms + 1_000

    def publish(self, at_ms: int) -> str:
        return str(at_ms)


class Linked:
    def __init__(self) -> None:
        self.hub = Hub(self.open)

    def open(self, topic: str) -> Stream | None:
        return Ticks() if topic.startswith("t") else None

    def near_miss(self, now_ms: int, text: str) -> None:
        raise AssertionError(text)


def test_topics_that_exist_are_joined_and_left() -> None:
    link = Linked()
    session = PlainSession(link)
    assert session.join("t1", 0)
    assert session.join("t2", 0)
    assert not session.join("other", 0)
    assert link.hub.topics() == ["t1", "t2"]
    assert [topic for _, topic, _ in link.hub.publish(1_000)] == ["t1", "t2"]
    assert session.leave("t1")
    assert not session.leave("t1")
    assert not session.leave("other")
    assert link.hub.topics() == ["t2"]


def test_nothing_is_left_of_it() -> None:
    link = Linked()
    session, other = PlainSession(link), PlainSession(link)
    for topic in ("t1", "t2"):
        session.join(topic, 0)
    other.join("t2", 0)
    session.ended()
    assert link.hub.topics() == ["t2"]
    assert session.topics == {}
    session.ended()


def test_by_itself_it_says_nothing_and_passes_messages_on() -> None:
    session = PlainSession(Linked())
    assert session.opened(0) == session.received(Text("x"), 0) == session.tick(0) == []
    assert session.due() is None
    assert session.deliver("t", "message", 0) == [Send("message", "t")]
