"""Consumers of results: text for people, data for programs."""
