"""Plays the framework around a passive adapter: connect, subscribe, reconnect, fill."""
