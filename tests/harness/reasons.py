"""Reads audit rows with their reasons, which only a holder of the keys can."""

from collections.abc import Mapping
from typing import Any

from backend.core.crypto.reasons import text_of


def opened(row: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """Give the values of a row, `why` and `why_digest` as one text."""
    assert row is not None
    return tuple(
        text_of(row["why"], row["why_digest"]) if name == "why" else value
        for name, value in row.items()
        if name != "why_digest"
    )
