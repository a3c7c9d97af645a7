"""Record what passes at a mock exchange, and play it again as a test."""

from mock_exchanges.replay.exchange import Replay
from mock_exchanges.replay.files import BadRecording, Recorder, as_line, read

__all__ = ["BadRecording", "Recorder", "Replay", "as_line", "read"]
