"""What a desk decides about a chart: a death taken back, held records shown, a merge undone."""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.core.audit import Act
from backend.core.database import Row, execute, fetch, fetch_value
from backend.core.errors import HubError
from backend.records.lifecycle import held
from backend.records.lifecycle.merge import unmerge
from backend.records.patient_lock import OwnerChanged
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import check_at_a_desk, open_case, patient_in_scope
from backend.support.patients.search import short_name
from backend.support.rules import Action


class NotDeceased(HubError):
    """The chart does not say that this person has died."""

    code = "not_deceased"
    status = 409


class NothingHeld(HubError):
    """Nothing of this chart waits for your confirmation."""

    code = "nothing_held"
    status = 409


class NotMerged(HubError):
    """This chart is merged into no other."""

    code = "not_merged"
    status = 409


class MergeSide(StrEnum):
    INTO = "into"
    """This chart was merged into the other one."""
    FROM = "from"
    """The other one was merged into this chart."""


class MergeView(Struct, frozen=True, rename="camel"):
    """A merge that stands, with the chart at its other side."""

    side: MergeSide
    patient: UUID
    """The other chart."""
    name: str
    """Shortened."""
    merged_at: datetime


class Merges(Struct, frozen=True, rename="camel"):
    items: list[MergeView]


async def take_death_back(staff: StaffCaller, patient: UUID, proof: Paper, reason: str) -> None:
    """Let a chart that was declared dead by mistake be as before; sessions stay ended.

    Raises:
        NotAtADesk, SearchFirst, NotFound: not a chart that they may decide about.
        NotDeceased: it says no such thing.
    """
    async with audited_action(staff, Action.DEATH, f"{proof}: {reason}") as act:
        facility = await _own_chart(act, patient, proof, reason)
        await execute("SELECT open_intake($1)", facility)
        lives = await fetch_value(
            "UPDATE patient SET deceased_at = NULL WHERE id = $1 AND facility = $2"
            " AND deceased_at IS NOT NULL RETURNING id",
            patient, facility,
        )  # fmt: skip
        if lives is None:
            raise NotDeceased


async def confirm_held(staff: StaffCaller, patient: UUID, proof: Paper, reason: str) -> None:
    """Show to codes what another citizen id or a merge has brought, after a look at a paper.

    Raises:
        NotAtADesk, SearchFirst, NotFound: as above.
        NothingHeld: nothing waits.
    """
    async with audited_action(staff, Action.CONFIRM_HELD, f"{proof}: {reason}") as act:
        facility = await _own_chart(act, patient, proof, reason)
        confirmed = Act(
            actor_kind="staff",
            actor=staff.staff,
            patient=patient,
            action="chart.held_confirmed",
            why=f"{proof}: {reason}",
            from_where=staff.address,
        )
        if not await held.confirm(patient, facility, confirmed):
            raise NothingHeld


async def merges_of(staff: StaffCaller, patient: UUID) -> Merges:
    """List the merges that this chart is a side of, and open a case about each other side.

    Raises:
        NotAtADesk, SearchFirst, NotFound: as above.
    """
    async with audited_action(staff, Action.REVIEW_MERGES, why="") as act:
        facility = check_at_a_desk(staff)
        await patient_in_scope(act, patient)
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT CASE m.patient WHEN $2 THEN 'into' ELSE 'from' END AS side, m.changed_at,"
            " o.id, o.name FROM patient_merge m JOIN patient o"
            " ON o.id = CASE m.patient WHEN $2 THEN m.into_patient ELSE m.patient END"
            " WHERE m.facility = $1 AND m.into_patient IS NOT NULL"
            " AND $2 IN (m.patient, m.into_patient) ORDER BY m.changed_at DESC",
            facility, patient,
        )  # fmt: skip
        await open_case(staff, [row["id"] for row in rows], act.why or "")
    return Merges([_merge_view(row) for row in rows])


async def undo_merge(staff: StaffCaller, patient: UUID, proof: Paper, reason: str) -> None:
    """Give a chart that was merged away its own numbers and records again.

    The same word of the facility's system does the same; this one is said now, so an older word
    that comes later changes nothing.

    Raises:
        NotAtADesk, SearchFirst, NotFound: as above.
        NotMerged: it is merged into none.
    """
    undone = False
    while not undone:
        with suppress(OwnerChanged):
            await _undo_merge(staff, patient, proof, reason)
            undone = True


async def _undo_merge(staff: StaffCaller, patient: UUID, proof: Paper, reason: str) -> None:
    """Try once: a merge that moves the numbers meanwhile rolls all of it back."""
    async with audited_action(staff, Action.REVIEW_MERGES, f"{proof}: {reason}") as act:
        facility = await _own_chart(act, patient, proof, reason)
        number = await fetch_value(
            "SELECT id FROM patient_identifier WHERE facility = $1 AND home = $2 ORDER BY id"
            " LIMIT 1",
            facility, patient,
        )  # fmt: skip
        if number is None or not await unmerge(facility, number):
            raise NotMerged


async def _own_chart(act: AuditedAction, patient: UUID, proof: Paper, reason: str) -> UUID:
    """See that it is a chart of their own desk, which they have looked up; give the facility."""
    facility = check_at_a_desk(act.staff)
    await patient_in_scope(act, patient)
    act.why = f"{proof}: {reason}"
    return facility


def _merge_view(row: Row) -> MergeView:
    return MergeView(
        MergeSide(row["side"]), row["id"], short_name(row["name"], row["id"]) or "",
        row["changed_at"],
    )  # fmt: skip
