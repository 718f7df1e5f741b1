"""The trend of one measurement over years, across all hospitals.

What has another unit, or is words instead of numbers, is another series: nobody draws a line from
one to the other. Numbers are copied as the laboratory wrote them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, decode, encode

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.core.database import Row
from backend.core.errors import NotFound
from backend.core.http.pagination import on_page
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.settings import load_settings
from backend.records.reading.reading import BODY
from backend.records.views.record_views import InterpretationView, RangeView, stronger_sign_in
from backend.records.wording.units import unit_text

LONGEST_TREND: Final = 500
"""Measurements. A line with more points than that nobody can read."""


class Shape(StrEnum):
    """The type of the values of a series."""

    NUMBERS = "numbers"
    WORDS = "words"


class PointView(Struct, frozen=True, rename="camel", kw_only=True):
    id: UUID
    """Of the observation."""
    at: datetime
    """When it was released, or else measured: what puts points in order."""
    status: str
    measured_at: str | None
    corrected_at: datetime | None
    as_of: datetime | None
    facility: str
    value: float | bool | str
    comparator: str | None
    reference_ranges: list[RangeView]
    """As that laboratory sent them then: another may have others."""
    interpretations: list[InterpretationView]
    note: str | None


class SeriesOfTrend(Struct, frozen=True, rename="camel", kw_only=True):
    component: str | None
    """Which part of the measurement, as in systolic and diastolic; none for the whole."""
    unit: str | None
    shape: Shape
    points: list[PointView]
    """The oldest first."""


class TrendView(Struct, frozen=True, rename="camel", kw_only=True):
    name: str
    complete: bool
    """Whether everything is here, or only the newest of it."""
    series: list[SeriesOfTrend]
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


class _Line(NamedTuple):
    """What one series is told apart by: each as JSON text."""

    component: str
    unit: str
    shape: Shape


_PARTS = Decoder(dict[str, Raw])
_COMPONENTS = Decoder(list[dict[str, Raw]])
_NULL: Final = "null"
_OF_THE_WHOLE = ("id", "status", "measuredAt", "correctedAt", "asOf", "facility", "note")
_OF_THE_VALUE = ("value", "comparator", "referenceRanges", "interpretations")

Parts = Mapping[str, str]


async def trend(caller: Caller, chart: UUID | None, observation: UUID) -> bytes:
    """Read all measurements with the code of this observation.

    Raises:
        NotFound: there is no such observation, or it is somebody else's.
    """
    gate, *rows = await read_page_of(
        "trend", caller, chart, RecordClass.RESULTS, observation, LONGEST_TREND + 1
    )
    shown = on_page(rows, LONGEST_TREND)
    readable = [row for row in shown if row["body"] is not None]
    if len(readable) < len(shown):
        note_unreadable("observation", BODY, len(shown) - len(readable))
    if not readable:
        raise NotFound
    return series_of(readable, complete=len(readable) == len(rows), weak=gate["weak"])


def series_of(
    newest_first: Sequence[Row], *, complete: bool, weak: Sequence[str] | None = None
) -> bytes:
    """Sort measurements into series, by part and unit; `complete` says whether these are all."""
    zone = ZoneInfo(load_settings().timezone)
    lines: dict[_Line, list[str]] = {}
    for row in reversed(newest_first):
        at = encode(row["at"].astimezone(zone)).decode()
        try:
            points = list(_points(_parts(_PARTS.decode(row["body"])), at))
        except (DecodeError, KeyError):  # a part of it is not as it was promised
            note_unreadable("observation", BODY)
            complete = False
            continue
        for line, point in points:
            lines.setdefault(line, []).append(point)
    name = _parts(_PARTS.decode(newest_first[0]["body"]))["name"]
    series = ",".join(
        f'{{"component":{line.component},"unit":{line.unit},"shape":"{line.shape}",'
        f'"points":[{",".join(points)}]}}'
        for line, points in lines.items()
    )
    said = "true" if complete else "false"
    more = stronger_sign_in(weak).decode()
    return f'{{"name":{name},"complete":{said},"series":[{series}]{more}}}'.encode()


def _points(whole: Parts, at: str) -> Iterator[tuple[_Line, str]]:
    """Give the value of a measurement, and of each of its parts; what has none is no point."""
    common = _written(whole, _OF_THE_WHOLE) + f',"at":{at}'
    for component, part in _values(whole):
        unit = _for_people(part.get("unit", _NULL))
        yield (
            _Line(component, unit, _shape(part["value"])),
            f"{{{common},{_written(part, _OF_THE_VALUE)}}}",
        )


def _for_people(unit: str) -> str:
    """Write a unit from before as it is written now: one line has one unit."""
    return encode(unit_text(decode(unit, type=str))).decode() if unit != _NULL else unit


def _values(whole: Parts) -> Iterator[tuple[str, Parts]]:
    parts = [_parts(component) for component in _COMPONENTS.decode(whole.get("components", "[]"))]
    named = [(_NULL, whole), *((component["name"], component) for component in parts)]
    yield from ((name, part) for name, part in named if part.get("value", _NULL) != _NULL)


def _shape(value: str) -> Shape:
    """Tell numbers from words; yes and no are words."""
    return Shape.NUMBERS if value[0] in "-0123456789" else Shape.WORDS


def _parts(raw: Mapping[str, Raw]) -> Parts:
    return {name: bytes(text).decode() for name, text in raw.items()}


def _written(parts: Parts, names: tuple[str, ...]) -> str:
    return ",".join(f'"{name}":{parts.get(name, _NULL)}' for name in names)
