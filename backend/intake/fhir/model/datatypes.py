"""Reads FHIR's datatypes: concepts, dates, quantities, ranges, codes."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import now
from backend.core.errors import HubError, Issue
from backend.core.settings import load_settings
from backend.records.wording.numbers import number_text
from backend.records.wording.units import unit_text

Resource = dict[str, Any]

MOST_ISSUES = 200
_YEAR, _MONTH, _DAY = 4, 7, 10
_MONTHS = 12
_LONGEST_CODE = 500
_YEARS = range(1850, 2200)
"""Outside of these a date is a mistake, and close to what clocks and databases can hold."""
_FRACTION = re.compile(r"\.(\d{1,6})\d*")


class NotUnderstood(HubError):
    """This is valid FHIR, but not something the hub can file."""

    code = "not_understood"
    status = 422


def refuse(path: str, message: str) -> NotUnderstood:
    return NotUnderstood(faults=[Issue(path, message)])


class Issues:
    """Collects every fault of a message before any of them is raised."""

    def __init__(self) -> None:
        self.faults: list[Issue] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note a fault inside the block and go on after it."""
        try:
            yield
        except NotUnderstood as refused:
            self.faults += refused.faults

    def are_in(self, path: str) -> bool:
        return any(issue.path == path or issue.path.startswith(f"{path}.") for issue in self.faults)

    def refuse_if_any(self) -> None:
        if self.faults:
            raise NotUnderstood(faults=self.faults[:MOST_ISSUES])


def one_of(resource: Resource, element: str, words: Collection[str], path: str) -> str:
    """Read a required code of a fixed value set, whose form alone the validator checks."""
    word = resource.get(element)
    if word not in words:
        raise refuse(f"{path}.{element}", "is not one of the codes of this element")
    return str(word)


def codes_of(resource: Resource, words: Mapping[str, Collection[str]], path: str) -> list[str]:
    """Read a list of codes, or name every unknown one.

    Raises:
        NotUnderstood: with all that are wrong.
    """
    problems, read = Issues(), list[str]()
    for element, allowed in words.items():
        with problems.noted():
            read.append(one_of(resource, element, allowed, path))
    problems.refuse_if_any()
    return read


def words_of(concept: Resource | None) -> str | None:
    """Give the text of a CodeableConcept for readers."""
    if not concept:
        return None
    codings = concept.get("coding", [])
    shown = [concept.get("text"), *(coding.get("display") for coding in codings)]
    return first_of(*shown) or next(
        (coding["code"] for coding in codings if coding.get("code")), None
    )


def all_words(concepts: Sequence[Resource]) -> list[str]:
    return [words for words in map(words_of, concepts) if words]


def in_a_row(words: Sequence[str]) -> str | None:
    """Join different words into one line."""
    return ", ".join(dict.fromkeys(words)) or None


def code_of(concept: Resource | None) -> str | None:
    codings = (concept or {}).get("coding", [])
    return next((coding["code"] for coding in codings if coding.get("code")), None)


def system_and_code(concept: Resource) -> str:
    """Give `system|code` of the first coding that has a code, for trends."""
    for coding in concept.get("coding", []):
        if coding.get("code"):
            return f"{coding.get('system', '')}|{coding['code']}"[:_LONGEST_CODE]
    return ""


def home() -> ZoneInfo:
    """Give the time zone for dates without one."""
    return ZoneInfo(load_settings().timezone)


def instant(text: str | None) -> datetime | None:
    """Read a FHIR dateTime; a date alone is its first instant in the home zone."""
    if not text or int(text[:_YEAR]) not in _YEARS:
        return None
    if "T" not in text:
        return datetime.combine(first_day(text), time(), home())
    exact = _FRACTION.sub(lambda found: f".{found[1]}", text).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(exact.replace(":60", ":59"))  # a leap second
    except ValueError:
        return None


def end_of_partial(text: str | None) -> datetime | None:
    """Give the end of a month or a year that is all a FHIR dateTime says; None for any other."""
    first = instant(text) if text and len(text) <= _MONTH else None
    if text is None or first is None:
        return None
    months = first.month - 1 + (_MONTHS if len(text) == _YEAR else 1)
    return first.replace(year=first.year + months // _MONTHS, month=months % _MONTHS + 1)


def is_current(element: Resource) -> bool:
    """Tell whether it is not of old, and today lies in its `period`."""
    start = element.get("period", {}).get("start", "")
    return not _is_before(_present(start), start) and not has_ended(element)


def has_ended(element: Resource) -> bool:
    """Tell whether it is of old, or its `period` is over. A partial end holds to its last day."""
    end = element.get("period", {}).get("end", "")
    return element.get("use") == "old" or bool(end and _is_before(end, _present(end)))


def _present(like: str) -> str:
    """Write the present as a FHIR dateTime of the same precision, at home."""
    written = now().astimezone(home()).isoformat()
    return written if "T" in like else written[: len(like)]


def _is_before(one: str, other: str) -> bool:
    first, second = (instant(text) if "T" in text else None for text in (one, other))
    if first is not None and second is not None:
        return first < second
    return one[:_DAY] < other[:_DAY]


def first_day(text: str) -> date:
    """Read a partial date as its first day.

    Raises:
        NotUnderstood: no calendar has it, as 2023-02-30.
    """
    if len(text) == _YEAR:
        text += "-01"
    try:
        return date.fromisoformat(text + "-01" if len(text) == _MONTH else text[:10])
    except ValueError as malformed:
        raise refuse("$", "has a day that no calendar has") from malformed


def day(text: str | None, zone: tzinfo) -> date | None:
    """Read a local day; a month or a year alone gives None."""
    if not text or len(text) <= _MONTH:
        return None
    moment = instant(text)
    return moment and moment.astimezone(zone).date()


def first_of(*texts: str | None) -> str | None:
    """Give the first text that has a letter: one of blanks names nothing."""
    return next((text for text in texts if text and not text.isspace()), None)


def amount_of(quantity: Resource | None) -> str | None:
    """Write a quantity for people: its number with every digit, a space, its unit."""
    if not quantity or "value" not in quantity:
        return None
    number, unit = number_text(quantity["value"]), unit_text(unit_of(quantity))
    return f"{quantity.get('comparator', '')}{number}{f' {unit}' if unit else ''}"


def unit_of(quantity: Resource) -> str | None:
    """Give a unit as sent: in words, else as a code."""
    return quantity.get("unit") or quantity.get("code") or None


def range_of(value: Resource) -> str | None:
    """Write a range for people; a missing end stays open."""
    ends = [amount_of(value.get(end)) for end in ("low", "high")]
    return " – ".join(end or "" for end in ends).strip() if any(ends) else None


def has_extensions(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(has_extensions, value))
    return isinstance(value, dict) and (
        "extension" in value or any(map(has_extensions, value.values()))
    )


def notes_of(resource: Resource) -> str | None:
    return "\n".join(note["text"] for note in resource.get("note", []) if "text" in note) or None
