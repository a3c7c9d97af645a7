"""A conformance suite for candle adapters, as a pytest plugin and a library."""
