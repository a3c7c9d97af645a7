"""What all mock exchanges share, sans-I/O: no socket, no task, no clock of its own.

Everything here takes what arrived and the time (``now_ms``, epoch milliseconds)
and returns what to send.
"""
