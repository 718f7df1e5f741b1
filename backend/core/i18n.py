"""Chooses Vietnamese or English for a person, from `Accept-Language`."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final
from unicodedata import category, normalize

from litestar.connection import ASGIConnection
from litestar.params import HeaderParameter
from msgspec import Struct


class Language(StrEnum):
    VI = "vi"
    EN = "en"


DEFAULT: Final = Language.VI
_MOST_RANGES: Final = 20
"""Nobody reads more languages than that; the rest of a longer header is not looked at."""
_RANGE: Final = re.compile(
    r"(?P<tag>\*|[A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*"
    r"\s*(?:;\s*q\s*=\s*(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.ASCII,
)

Accepted = Annotated[
    str | None,
    HeaderParameter(name="Accept-Language", description="`vi` or `en`, as in RFC 9110."),
]
"""The header, for routes whose words are in a language."""


class LocalText(Struct, frozen=True):
    """A text in both languages."""

    vi: str
    en: str

    def said_in(self, language: Language) -> str:
        return self.en if language is Language.EN else self.vi


@lru_cache(maxsize=256)
def preferred(accepted: str | None) -> Language:
    """Choose the language by RFC 9110, 12.5.4: the greatest weight, then the first one named.

    A region is looked past (`en-GB` is English), `*` is whatever was not named, a weight of 0 is
    unwanted, and what is no range counts as not written. Who accepts neither language is spoken to
    in Vietnamese: words in it are of more use than none.
    """
    weights: dict[str, float] = {}
    for entry in (accepted or "").split(",")[:_MOST_RANGES]:
        if found := _RANGE.fullmatch(entry.strip()):
            tag, weight = found["tag"].lower(), float(found["weight"] or 1)
            weights[tag] = max(weights.get(tag, 0.0), weight)
    anything, named = weights.get("*", 0.0), list(weights)
    order = sorted(
        Language,
        key=lambda entry: (
            -weights.get(entry, anything),
            named.index(entry) if entry in weights else len(named),
            entry is not DEFAULT,
        ),
    )
    return order[0] if weights.get(order[0], anything) > 0 else DEFAULT


def accepted_by(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Join the lines of `Accept-Language`: a list may come in several (RFC 9110, 5.3)."""
    return ", ".join(connection.headers.getall("accept-language", [])) or None


def labels(language: Language) -> dict[str, str]:
    """Give the headers of an answer that depends on the language of its reader."""
    return {"Content-Language": language.value, "Vary": "Accept-Language"}


def in_plain_letters(text: str) -> str:
    """Write a text in small unaccented letters with single spaces, so that one rule reads all."""
    bare = "".join(letter for letter in normalize("NFD", text) if category(letter) != "Mn")
    return " ".join(bare.replace("đ", "d").replace("Đ", "d").casefold().split())
