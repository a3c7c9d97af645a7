"""Connections that end."""
