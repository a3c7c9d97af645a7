"""Limits, refusals, and answers that are late or of no use."""
