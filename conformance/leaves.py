"""Takes a resource apart into leaves, and looks for each in what its patient reads."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from html import unescape
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

Resource = dict[str, Any]
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")
_DATE = re.compile(r"\d{4}(-\d\d){1,2}(t|\Z)")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dt.*\d(z|[+-]\d\d:\d\d)\Z")
_SHORT = 4
"""Letters: less is looked for as a whole word, for it stands inside of others by chance."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give each leaf with its path, lists left out: `participant.individual.display`.

    A reference to the patient gives none: whoever reads it is that patient. The word of a code that
    stands beside a text is `display beside text`.
    """
    if isinstance(value, list):
        for each in value:
            yield from leaves(each, path)
    elif isinstance(value, dict) and not _is_the_patient(value):
        for name, each in value.items():
            if name == "coding" and "text" in value:
                yield from ((_beside_text(at), leaf) for at, leaf in leaves(each, f"{path}.{name}"))
            elif name != "resourceType":
                yield from leaves(each, f"{path}.{name}" if path else name)
    elif value is not None and not isinstance(value, dict):
        yield path, value


def _beside_text(path: str) -> str:
    return f"{path} beside text" if path.endswith(".coding.display") else path


def _is_the_patient(value: Resource) -> bool:
    return str(value.get("reference", "")).startswith("Patient/")


class Read:
    """What a patient reads, made to look leaves up in."""

    def __init__(self, views: Iterable[Any]) -> None:
        self._leaves = {tidy(each) for view in views for _, each in leaves(view)}

    def has(self, value: Any) -> bool:
        """Tell whether a leaf stands there: as a moment, a number, a word or inside a text."""
        said = tidy(value)
        if not said or said in self._leaves:
            return bool(said)
        if _DATE.match(said) and _as_here(said) in self._text:
            return True
        if _INSTANT.match(said):
            return _moment(said) in self._moments
        if len(said) < _SHORT or said.replace(".", "").isdecimal():
            return said in self._words
        return said in self._text

    @cached_property
    def _moments(self) -> set[datetime]:
        return {_moment(each) for each in self._leaves if _INSTANT.match(each)}

    @cached_property
    def _words(self) -> set[str]:
        """All words but those of dates, whose parts are numbers by chance."""
        return {
            word for each in self._leaves if not _DATE.match(each) for word in _WORD.findall(each)
        }

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._leaves)


def tidy(value: Any) -> str:
    """Write a leaf one way: true and false in words, no tags, one kind of space, small letters."""
    if isinstance(value, bool):
        return str(value).lower()
    plain = unescape(_TAG.sub(" ", value)) if isinstance(value, str) else str(value)
    return " ".join(normalize("NFC", plain).casefold().split())


def _as_here(said: str) -> str:
    """Write a date as people here do, and a moment in the time of here."""
    if _INSTANT.match(said):
        return _moment(said).astimezone(HERE).strftime("%d/%m/%Y %H:%M")
    return "/".join(reversed(said.partition("t")[0].split("-")))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.upper())
