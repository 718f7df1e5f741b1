"""Finds the measurements that a report shows, panel by panel, and those that have not come.

A report names its measurements, and a panel its members. Either may come first. So both store the
names as they were sent, and what a report shows is found anew each time one of them comes.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.core.database import Row, execute, fetch
from backend.core.postgres.steps import step
from backend.records.filing.contents import ObservationContent
from backend.records.filing.filing import Filing, too_large
from backend.records.record_names import plain, with_numbers
from backend.records.rules import LARGEST_RECORD

_KIND: Final = "DiagnosticReport"
_DEEPEST_PANEL: Final = 4
_BYTES = "sum(octet_length(body)) FILTER (WHERE NOT hidden) OVER ()"
"""Bytes of the measurements of a report: known without reading them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownParts:
    """The measurements a report shows, and their classes of restriction."""

    keys: list[str]
    rows: Mapping[str, UUID]
    """Of each key; also of those that were taken back."""
    texts: list[str]
    classes: list[str]
    missing: list[str]
    """Names of those that have not come, or are another patient's."""
    as_of: datetime | None
    """As of when those stand that were stored in this act."""


async def shown_parts(filing: Filing, names: Sequence[str], path: str) -> ShownParts:
    """Give them in the report's order, without what was taken back or may not be shown.

    Args:
        filing: the act. What is another patient's, or another facility's, is never given.
        names: as the report says them, hashed.
        path: of the report, in the message.

    Raises:
        RecordTooLarge: together they are more than one report can show.
    """
    found = await _found(filing, names, path)
    order = list(dict.fromkeys(_in_order(names, found, set())))
    rows = {row["key"]: row for name in order for row in [found.get(name)] if row is not None}
    visible = [row for row in rows.values() if not row["hidden"]]
    if sum(len(row["body"] or "") for row in visible) > LARGEST_RECORD:
        raise too_large(_KIND, path)
    await _note_reported([row["id"] for row in rows.values() if not row["reported"]])
    fresh = [row["updated"] for row in rows.values() if row["change_n"] == filing.change_n]
    return ShownParts(
        keys=list(rows),
        rows={key: row["id"] for key, row in rows.items()},
        texts=[row["body"] for row in visible],
        classes=[row["restriction"] for row in visible if row["restriction"]],
        missing=[name for name in order if name not in found],
        as_of=max(
            (min(moment or filing.accepted_at, filing.accepted_at) for moment in fresh),
            default=None,
        ),
    )


async def _found(filing: Filing, names: Sequence[str], path: str) -> dict[str, Row]:
    """Read the measurements of these names, and the members of panels, one level at a time."""
    found: dict[str, Row] = {}
    asked: set[str] = set()
    wanted = set(names)
    for _ in range(_DEEPEST_PANEL + 1):
        if not wanted:
            break
        rows = await _measurements(
            _AskedParts(filing.facility, filing.patient, frozenset(with_numbers(wanted)))
        )
        if rows and (rows[0]["bytes"] or 0) > LARGEST_RECORD:
            raise too_large(_KIND, path)
        asked |= wanted
        for row in rows:
            called = plain(row["names"]) & wanted
            found |= dict.fromkeys(called, row)
        wanted = {member for row in rows for member in row["members"]} - asked
    return found


@dataclass(frozen=True, slots=True)
class _AskedParts:
    """Whose measurements are asked for, by which names."""

    facility: UUID
    patient: UUID
    names: frozenset[str]


@step()
async def _measurements(asked: Sequence[_AskedParts]) -> Sequence[Sequence[Row]]:
    return await _read_measurements(asked)


async def _read_measurements(asked: Sequence[_AskedParts]) -> list[Sequence[Row]]:
    """Read measurements by their names. Where those of one are too large, they have no text."""
    rows = await fetch(
        "SELECT id, facility, patient, key, names, hidden, restriction, reported, updated,"
        f" change_n, members, CASE WHEN {_BYTES} <= {LARGEST_RECORD} THEN body END AS body,"
        f" {_BYTES} AS bytes FROM observation WHERE facility = ANY($1) AND patient = ANY($2)"
        " AND names && $3 ORDER BY id",
        list({one.facility for one in asked}), list({one.patient for one in asked}),
        sorted(frozenset().union(*(one.names for one in asked))),
    )  # fmt: skip
    if len(asked) > 1 and rows and (rows[0]["bytes"] or 0) > LARGEST_RECORD:
        return [answer for one in asked for answer in await _read_measurements([one])]
    return [[row for row in rows if _is_asked(row, one)] for one in asked]


def _is_asked(row: Row, asked: _AskedParts) -> bool:
    is_own = (asked.facility, asked.patient) == (row["facility"], row["patient"])
    return is_own and not asked.names.isdisjoint(row["names"])


def _in_order(
    names: Sequence[str], found: Mapping[str, Row], opened: set[UUID], depth: int = 0
) -> Iterator[str]:
    """Give the names of a report, each panel followed by its members. A panel is opened once."""
    for name in names:
        yield name
        row = found.get(name)
        if row is not None and depth < _DEEPEST_PANEL and row["id"] not in opened:
            opened.add(row["id"])
            yield from _in_order(row["members"], found, opened, depth + 1)


async def _note_reported(rows: Sequence[UUID]) -> None:
    """Remember that a report shows them: a timeline has the report instead."""
    await _set_reported.all(rows)


@step()
async def _set_reported(rows: Sequence[UUID]) -> Sequence[None]:
    await execute("UPDATE observation SET reported = true WHERE id = ANY($1)", rows)
    return [None] * len(rows)


@dataclass(frozen=True, slots=True)
class AskedReports:
    """Whose reports are asked for, by the names of measurements that they show or wait for."""

    facility: UUID
    patient: UUID
    names: frozenset[str]


@step()
async def reports_naming(asked: Sequence[AskedReports]) -> Sequence[Sequence[Row]]:
    """Read the reports that show these measurements or wait for them, in the order of their ids."""
    rows = await fetch(
        "SELECT r.id, r.facility, r.patient, r.status, r.restriction, r.header, r.body,"
        " r.observation_keys, r.parts, r.missing, r.orders, r.coded, r.finished_at,"
        " r.visible_from, r.kept_back FROM result r"
        " WHERE r.facility = ANY($1) AND r.patient = ANY($2)"
        " AND (r.observation_keys && $3 OR r.missing && $3) ORDER BY r.id",
        list({one.facility for one in asked}), list({one.patient for one in asked}),
        sorted(frozenset().union(*(one.names for one in asked))),
    )  # fmt: skip
    return [[row for row in rows if _names_one(row, one)] for one in asked]


def _names_one(row: Row, asked: AskedReports) -> bool:
    is_own = (asked.facility, asked.patient) == (row["facility"], row["patient"])
    return is_own and shows_or_awaits(row, asked.names)


def shows_or_awaits(report: Row, names: AbstractSet[str]) -> bool:
    """Tell whether a report names one of these measurements."""
    return not names.isdisjoint(report["observation_keys"]) or not names.isdisjoint(
        report["missing"]
    )


async def reports_of(filing: Filing, contents: Sequence[ObservationContent]) -> Sequence[Row]:
    """Read the stored reports that name one of these measurements, before any of them is stored."""
    called = {name for said in contents for name in said.called}
    names = frozenset((called | plain(called)) - {""})
    if not names:
        return ()
    return await reports_naming(AskedReports(filing.facility, filing.patient, names))


def names_waited_for(reports: Sequence[Row], contents: Sequence[ObservationContent]) -> set[str]:
    """Give the names of these measurements that a stored report waits for."""
    names = {name for said in contents for name in plain(said.called)}
    return {name for row in reports for name in row["missing"]} & names
