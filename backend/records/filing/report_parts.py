"""Finds the measurements that a report shows, panel by panel, and those that have not come.

A report names its measurements, and a panel its members. Either may come first. So both store the
names as they were sent, and what a report shows is found anew each time one of them comes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.core.database import Row, execute, fetch
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
        rows = await fetch(
            "SELECT id, key, names, hidden, restriction, reported, updated, change_n, members,"
            f" CASE WHEN {_BYTES} <= {LARGEST_RECORD} THEN body END AS body,"
            f" {_BYTES} AS bytes FROM observation WHERE facility = $1"
            " AND patient = $2 AND names && $3 ORDER BY id",
            filing.facility, filing.patient, with_numbers(wanted),
        )  # fmt: skip
        if rows and (rows[0]["bytes"] or 0) > LARGEST_RECORD:
            raise too_large(_KIND, path)
        asked |= wanted
        for row in rows:
            called = plain(row["names"]) & wanted
            found |= dict.fromkeys(called, row)
        wanted = {member for row in rows for member in row["members"]} - asked
    return found


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
    if rows:
        await execute("UPDATE observation SET reported = true WHERE id = ANY($1)", rows)


async def names_waited_for(filing: Filing, contents: Sequence[ObservationContent]) -> set[str]:
    """Give the names of these measurements that a stored report waits for."""
    names = {name for said in contents for name in plain(said.called)}
    if not names:
        return set()
    rows = await fetch(
        "SELECT DISTINCT unnest(missing) AS name FROM result"
        " WHERE facility = $1 AND patient = $2 AND missing && $3",
        filing.facility, filing.patient, list(names),
    )  # fmt: skip
    return {row["name"] for row in rows} & names
