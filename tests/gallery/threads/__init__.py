"""Feeds that cannot live on virtual time: with threads, or loops of their own."""
