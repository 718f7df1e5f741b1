"""Merges two charts of one facility and undoes a merge: numbers and records change owner.

A facility states that one of its patients is another of its patients. A number stores its original
chart (`home`), and a record the number it came with (`filed_under`), so an undo gives each chart
exactly its own records. Phones that the facility stated go along; what a person has proved, and
who reads by a grant, stays where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.access.chart_turn import take_turn_alone
from backend.auth.identity.identifiers import Identifier, hand_over
from backend.auth.phones.merged_phones import hand_over_phones
from backend.auth.registration.chart_endings import close_orphaned
from backend.auth.registration.merge_check import check_one_person
from backend.core.audit import Act, write_down
from backend.core.change_signals import publish
from backend.core.clock import now
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError, NotFound
from backend.notifications.planning.reassign import reassign
from backend.records.kinds import TABLES
from backend.records.lifecycle.held import hold_brought
from backend.records.lifecycle.release_policies import policies_of
from backend.records.lifecycle.report_measurements import sync_all
from backend.records.patient_lock import OwnerChanged, lock_patient

MERGED = "patient.merged"
TAKEN_BACK = "patient.unmerged"
PARTS = {
    "document_content": "record", "awaiting": "record", "dose_rule": "medicine",
    "dose_note": "medicine",
}  # fmt: skip
"""What belongs to a record and has its owner beside it, and the column that names the record."""


class MergedWithItself(HubError):
    """A patient cannot be merged into the same patient."""

    code = "merged_with_itself"
    status = 422


class MergedInACircle(HubError):
    """You have merged these two the other way round. Take that back first."""

    code = "merged_in_a_circle"
    status = 422


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the facility's own numbers: whom it leads to, and whose it is by right."""

    id: UUID
    owner: UUID
    home: UUID


async def merge(
    facility: UUID, old: UUID, new: UUID, *, said: Sequence[Identifier] = (),
    said_at: datetime | None = None, one_person: bool = False,
) -> bool:  # fmt: skip
    """Move everything filed under number `old` to the patient with number `new`.

    Tells whether anything changed: the same again, or what is older than what was said last, does
    not.

    Args:
        facility: which says that the two are one.
        old: the `patient_identifier` of who goes.
        new: of who stays.
        said: citizen ids that it gives the old one along with the merge.
        said_at: when, by the sender's clock.
        one_person: whether a person has looked: other details do not speak against it then.

    Raises:
        MergedWithItself, MergedInACircle: this cannot be.
        NotOnePerson: see `check_one_person`.
        NotFound: one of them is no number of this facility.
        OwnerChanged: see `patient_lock`.
    """
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        going, staying = await lock_all(facility, [old, new])
        if old == new:
            raise MergedWithItself
        if going.home == staying.home:
            return False
        homes = await _merged_into(facility, going.home)
        if staying.home in homes:
            raise MergedInACircle
        before = await _said_before(facility, going.home)
        if _is_old(before, said_at):
            return False
        if before is not None and before["into_patient"] == staying.home:
            await _note(facility, going.home, staying.home, said_at)
            return False
        await check_one_person(homes, staying.owner, said, sure=one_person)
        note = await _note(facility, going.home, staying.home, said_at)
        if going.owner != staying.owner:
            move = _Move(facility, homes, going.owner, staying.owner, note)
            await _carry_out(move)
            await _write_down(MERGED, move)
        return True


async def unmerge(facility: UUID, old: UUID, *, said_at: datetime | None = None) -> bool:
    """Move back everything filed under the numbers of a merged patient, also later records.

    Tells whether anything changed, as `merge` does.

    Raises:
        NotFound: this is no number of this facility.
        OwnerChanged: see `patient_lock`.
    """
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        (going,) = await lock_all(facility, [old])
        before = await _said_before(facility, going.home)
        if before is None or before["into_patient"] is None or _is_old(before, said_at):
            return False
        note = await _note(facility, going.home, None, said_at)
        homes = await _merged_into(facility, going.home)
        move = _Move(facility, homes, going.owner, going.home, note)
        await _carry_out(move)
        await _write_down(TAKEN_BACK, move)
        return True


async def lock_all(facility: UUID, identifiers: Sequence[UUID]) -> list[_Number]:
    """Lock the records of all patients of these numbers, in the order of their ids.

    Raises:
        NotFound: one is no number of this facility.
        OwnerChanged: a merge was committed while we waited.
    """
    before = await _numbers(facility, identifiers)
    charts = sorted({owner for number in before for owner in (number.owner, number.home)})
    await execute(
        "SELECT FROM patient WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", charts
    )  # a registration takes the same locks, in this order
    await take_turn_alone(*charts)
    for patient in charts:
        await lock_patient(patient)
    if await _numbers(facility, identifiers) != before:
        raise OwnerChanged
    return before


async def _numbers(facility: UUID, identifiers: Sequence[UUID]) -> list[_Number]:
    rows = await fetch(
        "SELECT id, patient AS owner, coalesce(home, patient) AS home FROM patient_identifier"
        " WHERE facility = $1 AND id = ANY($2)",
        facility, identifiers,
    )  # fmt: skip
    found = {row["id"]: _Number(**row) for row in rows}
    if not found.keys() >= set(identifiers):
        raise NotFound
    return [found[identifier] for identifier in identifiers]


async def _merged_into(facility: UUID, patient: UUID) -> list[UUID]:
    """Give the patient and everybody who was merged into them, also by way of others."""
    rows = await fetch(
        "WITH RECURSIVE these AS (SELECT $2::uuid AS patient UNION"
        " SELECT m.patient FROM patient_merge m JOIN these t ON m.into_patient = t.patient"
        " WHERE m.facility = $1) SELECT patient FROM these",
        facility, patient,
    )  # fmt: skip
    return [row["patient"] for row in rows]


async def _said_before(facility: UUID, patient: UUID) -> Row | None:
    return await fetch_one(
        "SELECT into_patient, said_at FROM patient_merge WHERE facility = $1 AND patient = $2",
        facility, patient,
    )  # fmt: skip


def _is_old(before: Row | None, said_at: datetime | None) -> bool:
    """Tell whether this was said before what was said last; without times, later is what comes."""
    return bool(before and before["said_at"] and said_at and said_at < before["said_at"])


async def _note(
    facility: UUID, patient: UUID, into: UUID | None, said_at: datetime | None
) -> UUID:  # fmt: skip
    """Write down what the facility says now; give what the audit calls it."""
    noted: UUID = await fetch_value(
        "INSERT INTO patient_merge AS m (id, facility, patient, into_patient, said_at, changed_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())"
        " ON CONFLICT (facility, patient) DO UPDATE SET into_patient = excluded.into_patient,"
        " said_at = coalesce(excluded.said_at, m.said_at), changed_at ="
        " CASE WHEN m.into_patient IS NOT DISTINCT FROM excluded.into_patient"
        " THEN m.changed_at ELSE excluded.changed_at END RETURNING id",
        new_id(), facility, patient, into, said_at,
    )  # fmt: skip
    return noted


@dataclass(frozen=True, slots=True)
class _Move:
    facility: UUID
    homes: Sequence[UUID]
    before: UUID
    after: UUID
    note: UUID
    """What the audit calls it: neither chart's trail names the other."""


async def _carry_out(move: _Move) -> None:
    """Let numbers, records and what is to be told of them be another patient's."""
    numbers = await hand_over(move.before, move.after, move.facility, move.homes)
    await hand_over_phones(move.before, move.after, move.homes)
    change_n = await _begin_anew(move)
    records = await _move_records(move, [number.id for number in numbers], change_n)
    own = [number.id for number in numbers if number.home is None]
    await hold_brought(move.before, move.after, move.facility, records, own)
    await _settle_measurements(move, records)
    await reassign(move.facility, move.before, move.after, records)
    await close_orphaned(move.before, move.facility)


async def _write_down(action: str, move: _Move) -> None:
    for patient in (move.before, move.after):
        await write_down(
            Act(actor_kind="facility", actor=move.facility, patient=patient, action=action,
                subject=move.note)
        )  # fmt: skip


async def _begin_anew(move: _Move) -> int:
    """Let every app of the two read all again; give the number of the new owner's change."""
    for patient in (move.before, move.after):
        publish(patient)
    rows = await fetch(
        "UPDATE patient_change SET n = n + 1, epoch = epoch + 1 WHERE patient = ANY($1)"
        " RETURNING patient, n",
        [move.before, move.after],
    )
    return next(int(row["n"]) for row in rows if row["patient"] == move.after)


async def _settle_measurements(move: _Move, records: Sequence[UUID]) -> None:
    """Let measurements stand as they do without the reports that went, or with those that came."""
    keys = {
        row["key"]
        for row in await fetch(
            "SELECT unnest(observation_keys) AS key FROM result WHERE id = ANY($1)"
            " UNION SELECT key FROM observation WHERE id = ANY($1)",
            records,
        )
    }
    if not keys:
        return
    policies = await policies_of(move.facility)
    for patient in (move.before, move.after):
        n = await fetch_value("SELECT n FROM patient_change WHERE patient = $1", patient)
        await sync_all(move.facility, patient, policies, now(), keys, n)


async def _move_records(move: _Move, numbers: Sequence[UUID], change_n: int) -> list[UUID]:
    moved: list[UUID] = []
    for table in TABLES.values():
        rows = await fetch(
            f"UPDATE {table} SET patient = $3, change_n = $4"
            " WHERE facility = $1 AND patient = $2 AND filed_under = ANY($5) RETURNING id",
            move.facility, move.before, move.after, change_n, numbers,
        )  # fmt: skip
        moved += [row["id"] for row in rows]
    for table, record in PARTS.items():
        await execute(
            f"UPDATE {table} SET patient = $2 WHERE {record} = ANY($1)", moved, move.after
        )
    return moved
