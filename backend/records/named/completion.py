"""Completes the records that waited for a resource when it comes, and numbers that as a change.

It is one statement for each kind of record that waits, however many of them there are, and none
where nobody waits. What was told of a record is not told again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from backend.core.change_signals import publish
from backend.core.database import Row, execute, fetch
from backend.core.postgres.steps import LockOrder, step
from backend.records.filing.blanks import FilledIn, Named, WaitingRow, fill_in, stored_wanting
from backend.records.kinds import TABLES
from backend.records.named.parties import COLUMNS, named
from backend.records.named.waiters import (
    Arrival,
    Waiter,
    fill_waiter,
    read_waiters,
    with_reports,
    write_waiters,
)
from backend.records.named.waiting_rows import PARTY, note_waiting
from backend.records.patient_lock import OwnerChanged, claim_owners
from backend.records.record_names import plain, with_numbers
from backend.records.visibility.restriction_config import strictest

AT_ONCE: Final = 1_000
"""Records that are held in memory at once. A message completes all, so many at a time."""
_NOBODY: Final = UUID(int=0)
_DEEPEST: Final = 4


async def complete(arrival: Arrival, fresh: Iterable[str]) -> None:
    """Complete what waited for these names; the caller holds their locks (`name_locks`).

    Raises:
        OwnerChanged: a merge was committed while we waited for a chart's lock.
    """
    wanted = set(fresh)
    for _ in range(_DEEPEST):
        names, wanted, after = wanted, set(), (_NOBODY, _NOBODY)
        while names and (found := await _waiting_for(arrival, names, after)):
            after = (found[-1]["owner"], found[-1]["record"])
            rows = await _locked(arrival, found)
            known = await _known(arrival, rows)
            wanted |= await _complete_parties(arrival, rows, known)
            await _complete_records(arrival, rows, known)


async def _waiting_for(
    arrival: Arrival, names: set[str], after: tuple[UUID, UUID]
) -> Sequence[Row]:
    """Give what waits for these names, chart by chart, in the order of the charts' ids."""
    return await fetch(
        "SELECT record, patient, coalesce(patient, $3) AS owner FROM awaiting"
        " WHERE facility = $1 AND names && $2 AND (coalesce(patient, $3), record) > ($4, $5)"
        f" ORDER BY coalesce(patient, $3), record LIMIT {AT_ONCE}",
        arrival.facility, list(names), _NOBODY, *after,
    )  # fmt: skip


async def _locked(arrival: Arrival, found: Sequence[Row]) -> Sequence[Row]:
    """Lock the charts of what waits, in the order of their ids; give what waits then."""
    owners = {row["record"]: row["patient"] for row in found}
    charts = {patient for patient in owners.values() if patient is not None}
    if charts:
        charts |= {arrival.about.patient} if arrival.about else set()
        claim_owners(charts)
        await _lock_all.all(sorted(charts))
    rows = await fetch(_THESE, list(owners))
    if any(row["patient"] != owners[row["record"]] for row in rows):
        raise OwnerChanged
    return rows


@step(LockOrder.OWNERS)
async def _lock_all(charts: Sequence[UUID]) -> Sequence[None]:
    await execute(
        "SELECT n FROM patient_change WHERE patient = ANY($1) ORDER BY patient FOR UPDATE", charts
    )
    return [None] * len(charts)


_THESE: Final = (
    "SELECT record, patient, kind, names, blanks FROM awaiting WHERE record = ANY($1)"
    " ORDER BY record"
)


async def _known(arrival: Arrival, rows: Sequence[Row]) -> dict[str, Named]:
    """Read all that these rows mention, as far as it is there."""
    names = {name for row in rows for name in row["names"]}
    found = await fetch(
        f"SELECT {COLUMNS} FROM party p WHERE facility = $1 AND names && $2 ORDER BY id",
        arrival.facility, with_numbers(names),
    )  # fmt: skip
    known: dict[str, Named] = {}
    for row in found:
        known |= dict.fromkeys(plain(row["names"]), named(row))
    return known


async def _complete_parties(
    arrival: Arrival, rows: Sequence[Row], known: Mapping[str, Named]
) -> set[str]:
    """Name what is called as another resource; give the names of what is named now."""
    waits = {row["record"]: row for row in rows if row["kind"] == PARTY}
    if not waits:
        return set()
    fresh, done = set[str](), list[tuple[Named, FilledIn]]()
    for row in await fetch(f"SELECT {COLUMNS} FROM party p WHERE id = ANY($1)", list(waits)):
        filled_in = _settled(waits[row["id"]], known)
        done.append((_renamed(named(row), filled_in), filled_in))
        fresh.update(plain(row["names"]))
    await execute(
        "UPDATE party p SET name = n.name, restriction = n.restriction, withholds = n.withholds,"
        " is_whole = n.is_whole FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[],"
        " $5::boolean[]) AS n (id, name, restriction, withholds, is_whole) WHERE p.id = n.id",
        [now.id for now, _ in done], [now.name for now, _ in done],
        [now.restriction for now, _ in done], [now.withholds for now, _ in done],
        [now.is_whole for now, _ in done],
    )  # fmt: skip
    still = [WaitingRow(PARTY, now.id, filled_in.awaits) for now, filled_in in done]
    await note_waiting(arrival.facility, still)
    return fresh


def _renamed(before: Named, filled_in: FilledIn) -> Named:
    name = filled_in.fields.get("name", before.name)
    assert isinstance(name, str), "a resource has one name"
    return replace(
        before,
        name=name,
        restriction=strictest(before.restriction, filled_in.restriction),
        withholds=before.withholds or filled_in.withheld,
        is_whole=filled_in.awaits is None,
    )


def _settled(waits: Row, known: Mapping[str, Named]) -> FilledIn:
    return fill_in(stored_wanting(waits["names"], waits["blanks"]), known, waits["patient"])


async def _complete_records(
    arrival: Arrival, rows: Sequence[Row], known: Mapping[str, Named]
) -> None:
    """Write each record anew that shows more, table by table, and what stands in reports."""
    charts, measured = set[UUID](), list[Waiter]()
    for table in _TABLES:
        waits = {row["record"]: row for row in rows if row["kind"] == table}
        waiters = await read_waiters(table, "t.id = ANY($1)", list(waits)) if waits else []
        for waiter in waiters:
            await fill_waiter(waiter, _settled(waits[waiter.row["id"]], known))
        if table == "result" and measured:
            waiters = await with_reports(arrival, waiters, measured)
        news = [waiter for waiter in waiters if waiter.differs and waiter.fits]
        await write_waiters(arrival, table, news)
        charts.update(waiter.row["patient"] for waiter in news)
        measured += news if table == "observation" else []
    await note_waiting(
        arrival.facility,
        [
            WaitingRow(row["kind"], row["record"], _settled(row, known).awaits, row["patient"])
            for row in rows
            if row["kind"] != PARTY
        ],
    )
    for patient in charts:
        publish(patient)
    if charts:
        await execute("UPDATE patient_change SET n = n + 1 WHERE patient = ANY($1)", list(charts))


_TABLES: Final = ("observation", *sorted(set(TABLES.values()) - {"observation"}))
"""Measurements first, since reports contain them."""
