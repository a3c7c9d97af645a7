"""Feeds that connect by themselves: good ones, and ones that are wrong in one way each."""
