"""Scriptable mock exchanges, true on the wire: REST and WebSocket candles."""
