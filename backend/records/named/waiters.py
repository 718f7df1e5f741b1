"""Writes records anew that waited for something which has come, many of one table at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.database import Row, execute, fetch
from backend.notifications.planning.deferred import make_discreet
from backend.records.coded import with_codes
from backend.records.filing import rendering, replaced_prescriptions
from backend.records.filing.blanks import FilledIn
from backend.records.filing.contents import FileContent
from backend.records.filing.files import drop_withheld, store_file, views_of, with_binaries
from backend.records.kinds import kind_of
from backend.records.named.parties import About
from backend.records.visibility.release_decision import decide, restrictions_of, visibility_of
from backend.records.visibility.release_rules import Policies, Visibility
from backend.records.visibility.restriction_config import rules, strictest


@dataclass(frozen=True, slots=True)
class Arrival:
    """The message with which something has come that records may have waited for."""

    facility: UUID
    received_event: UUID
    accepted_at: datetime
    policies: Policies
    about: About | None = None
    """Whom the message is about: that chart's lock is taken in one row with the others."""


class Waiter:
    """A record that waits, and what becomes of what it shows."""

    def __init__(self, table: str, row: Row) -> None:
        self.table = table
        self.row = dict(row)
        self.text: str = row["header"] or row["body"]
        """What it says itself."""
        self.tail: str = row["body"][len(self.text) - 1 :] if row["header"] else ""
        """The measurements of a report, behind that."""
        self.coded: str = row["coded"]
        self.restriction: str = row["restriction"]

    @property
    def header(self) -> str:
        return self.text if self.tail else ""

    @property
    def body(self) -> str:
        return self.text[:-1] + self.tail if self.tail else self.text

    @property
    def differs(self) -> bool:
        now = (self.body, self.coded, self.restriction)
        return now != (self.row["body"], self.row["coded"], self.row["restriction"])

    @property
    def fits(self) -> bool:
        """Tell whether it is not too large to be read. The message that it came with is taken."""
        return len(self.body.encode()) + len(self.coded.encode()) <= kind_of(self.table).largest


async def read_waiters(table: str, which: str, *values: object) -> list[Waiter]:
    header = "t.header" if kind_of(table).header else "''"
    rows = await fetch(
        "SELECT t.id, t.facility, t.patient, t.key, t.body, t.coded, t.restriction, t.status,"
        " t.hidden, t.visible_from, t.release_at, t.kept_back, t.finished_at,"
        f" {header} AS header, {restrictions_of(table)} AS restrictions FROM {table} t"
        f" WHERE {which} ORDER BY t.id",
        *values,
    )
    return [Waiter(table=table, row=row) for row in rows]


async def fill_waiter(waiter: Waiter, filled_in: FilledIn) -> None:
    waiter.text = rendering.filled(waiter.text, filled_in.fields)
    waiter.coded = with_codes(waiter.coded, filled_in.codes)
    waiter.restriction = strictest(waiter.restriction, filled_in.restriction)
    if filled_in.files or filled_in.withheld:
        await _take_files(waiter, filled_in)


async def _take_files(waiter: Waiter, filled_in: FilledIn) -> None:
    """Keep the files that have come, and none that may not be pictured any more."""
    before = [
        FileContent(
            title=view.title,
            media_type=view.media_type,
            size=view.size,
            not_shown_because=view.why_not or "",
        )
        for view in rendering.files_in(waiter.text)
    ]
    after = await with_binaries(before, filled_in)
    if filled_in.withheld:
        await drop_withheld(waiter.row["id"])
    for place in filled_in.files:
        if not after[place].not_shown_because:
            await store_file(
                waiter.row["facility"], waiter.row["patient"], waiter.row["id"], place, after[place]
            )
    if after != tuple(before):
        waiter.text = rendering.with_files(waiter.text, views_of(after))


async def with_reports(
    arrival: Arrival, waiters: list[Waiter], measured: Sequence[Waiter]
) -> list[Waiter]:
    """Let reports show their measurements as they are now; add those reports that do not wait."""
    there = [waiter.row["id"] for waiter in waiters]
    waiters = waiters + await read_waiters(
        "result",
        "t.facility = $1 AND t.observation_keys && $2 AND t.id <> ALL($3)",
        arrival.facility, [one.row["key"] for one in measured], there,
    )  # fmt: skip
    for waiter in waiters:
        for one in measured:
            if one.row["patient"] == waiter.row["patient"] and one.row["body"] in waiter.tail:
                waiter.tail = waiter.tail.replace(one.row["body"], one.body)
                waiter.restriction = strictest(waiter.restriction, one.restriction)
    return waiters


async def write_waiters(arrival: Arrival, table: str, waiters: Sequence[Waiter]) -> None:
    if not waiters:
        return
    header = ", header = n.header" if kind_of(table).header else ""
    standing = [_standing(arrival, table, waiter) for waiter in waiters]
    await execute(
        f"UPDATE {table} t SET body = n.body{header}, coded = n.coded, restriction = n.restriction,"
        " release_at = n.release_at, change_n = c.n + 1, received_event = $1, visible_from ="
        " coalesce(t.visible_from, CASE WHEN n.visible THEN hub_clock() END)"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],"
        "  $7::timestamptz[], $8::boolean[])"
        " AS n (id, body, header, coded, restriction, release_at, visible), patient_change c"
        " WHERE t.id = n.id AND c.patient = t.patient",
        arrival.received_event,
        [waiter.row["id"] for waiter in waiters], [waiter.body for waiter in waiters],
        [waiter.header for waiter in waiters], [waiter.coded for waiter in waiters],
        [waiter.restriction for waiter in waiters], [one.release_at for one in standing],
        [one.visible for one in standing],
    )  # fmt: skip
    restricted = [waiter for waiter in waiters if waiter.restriction]
    if restricted and table == "medicine":
        await replaced_prescriptions.name_no_secret([waiter.row["id"] for waiter in restricted])
    if restricted:
        await make_discreet(
            [waiter.row["id"] for waiter in restricted if _is_told(waiter)],
            [waiter.row["id"] for waiter in restricted if not _is_told(waiter)],
        )


def _standing(arrival: Arrival, table: str, waiter: Waiter) -> Visibility:
    """Say whether it is to be seen; what was seen stays so, and what waits may wait longer."""
    row = waiter.row
    if waiter.restriction == row["restriction"]:
        return visibility_of(row)
    restrictions = [waiter.restriction, *row["restrictions"]]
    return decide(
        arrival.policies, table, row | {"coded": waiter.coded}, restrictions, arrival.accepted_at,
        seen=row["visible_from"] is not None, kept_back=row["kept_back"],
    )  # fmt: skip


def _is_told(waiter: Waiter) -> bool:
    known = rules().named(waiter.restriction)
    return known is None or known.told
