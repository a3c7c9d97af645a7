"""Connections that look well and say nothing."""
