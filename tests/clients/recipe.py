"""Marks for what docs/recipes.md shows. They change nothing: docs/generate.py reads the source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def recipe(
    *, client: str, exchange: str, carries: str, needs: str = ""
) -> Callable[[Function], Function]:
    """Mark the function that points a client at a mock.

    ``client`` is its distribution's name, ``carries`` what goes over it, and ``needs`` what
    must be true besides. The arguments are literals, as the page is made without importing.
    """
    return lambda function: function


def defect(text: str, *, client: str, exchange: str) -> Callable[[Function], Function]:
    """Mark a test that asserts a defect of a client; its docstring begins with the cause."""
    return lambda function: function
