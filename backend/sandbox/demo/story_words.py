"""Collects the clinical words of a Bundle, to search for them where they must not be."""

import re
from collections.abc import Iterator
from typing import Any

from backend.core.gsm7 import fold

_NOT_CLINICAL = re.compile(r"https?://|urn:|^\d{4}-\d\d-\d\d")
_FIELDS = frozenset({"text", "value", "unit", "code", "display"})
_SHORT = 3


def clinical_words(bundle: Any) -> set[str]:
    """Collect names of tests and drugs, values, units and instructions, folded, from a Bundle."""
    found: set[str] = set()
    for text in _texts(bundle):
        if not _NOT_CLINICAL.search(text):
            found |= {word for word in re.split(r"[\s(),]+", fold(text).lower()) if word}
    return {word for word in found if len(word) > _SHORT and not word.isdigit()}


def said_in(words: set[str], message: str) -> set[str]:
    """Give the clinical words that the message contains."""
    said = set(re.split(r"[^\w./*%-]+", fold(message).lower()))
    return words & said


def _texts(node: Any, field: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, key)
    elif isinstance(node, list):
        for child in node:
            yield from _texts(child, field)
    elif field in _FIELDS:
        yield str(node)
