"""Adds and ends caregivers at the desk, after staff have checked both people's papers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from backend.auth.caregivers.grants import (
    Actor,
    CannotGrant,
    EndedBy,
    NewGrant,
    end_grant,
    make_grant,
)
from backend.auth.caregivers.listed_grants import grants_of_desks
from backend.auth.caregivers.representatives import Evidence, RepresentativeKind
from backend.auth.rules import Scope
from backend.core.crypto.reasons import Reason
from backend.core.database import fetch_value
from backend.core.errors import Issue, NotFound
from backend.core.http.instants import InstantText, instant_or_none
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import NotAtADesk, in_scope, reason_of_open_case
from backend.support.rules import Action

MOST_SHOWN = 100


class CaregiverView(Struct, frozen=True, rename="camel"):
    id: UUID
    caregiver: UUID
    name: str
    scope: str
    kind: str
    begins_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    opens: bool


class Caregivers(Struct, frozen=True, rename="camel"):
    items: list[CaregiverView]


class GrantedView(Struct, frozen=True, rename="camel"):
    id: UUID


class CaregiverIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    caregiver: UUID
    kind: RepresentativeKind
    scope: Literal["summary", "full"]
    evidence: Evidence
    ends_at: InstantText | None = None


async def caregivers_of(staff: StaffCaller, patient: UUID) -> Caregivers:
    """List who may read this patient's record.

    Raises:
        NotAtADesk: this member of staff belongs to no facility.
        SearchFirst: they have not looked the patient up.
        NotFound: the patient is out of this person's reach.
    """
    async with audited_action(staff, Action.CAREGIVERS, why="") as act:
        act.patient = patient
        act.why = await _looked_up(staff, patient)
        found = await grants_of_desks(patient, MOST_SHOWN)
    return Caregivers(
        [
            CaregiverView(
                grant.id, grant.by_charts[0], grant.name, grant.scope, grant.kind,
                grant.begins_at, grant.ends_at, grant.review_at, grant.opens,
            )
            for grant in found
        ]
    )  # fmt: skip


async def add_caregiver(staff: StaffCaller, patient: UUID, asked: CaregiverIn) -> GrantedView:
    """Make a grant, or renew one that was due for review.

    Raises:
        NotAtADesk, SearchFirst, NotFound: as above, of both people.
        CannotGrant: the papers do not allow it; all that stands against it is listed.
    """
    if asked.evidence is Evidence.IN_APP:
        raise CannotGrant(faults=[Issue("$.evidence", "is no paper that a desk can look at")])
    async with audited_action(staff, Action.CAREGIVERS, why="") as act:
        act.patient = patient
        why = act.why = await _looked_up(staff, patient)
        await _looked_up(staff, asked.caregiver)
        new = NewGrant(
            patient=patient,
            caregiver=asked.caregiver,
            kind=asked.kind,
            scope=Scope(asked.scope),
            evidence=asked.evidence,
            ends_at=instant_or_none(asked.ends_at, "$.endsAt"),
        )
        act.subject = await make_grant(new, _actor(staff, why), EndedBy.DESK)
        return GrantedView(act.subject)


async def end_caregiver(staff: StaffCaller, patient: UUID, grant: UUID) -> None:
    """End a grant for the patient or the caregiver, who stands at the desk.

    Raises:
        NotAtADesk, SearchFirst, NotFound: as above, or there is no such grant that lives.
    """
    async with audited_action(staff, Action.CAREGIVERS, why="") as act:
        act.patient, act.subject = patient, grant
        why = act.why = await _looked_up(staff, patient)
        known = await fetch_value(
            "SELECT true FROM caregiver_grant WHERE id = $1 AND patient = $2"
            " AND made_by IS NOT NULL",
            grant, patient,
        )  # fmt: skip
        if not known or not await end_grant(grant, EndedBy.DESK, _actor(staff, why)):
            raise NotFound


async def _looked_up(staff: StaffCaller, patient: UUID) -> Reason:
    """Give the reason this person said when they looked up a patient of their own facility."""
    if staff.facility is None:
        raise NotAtADesk
    why = await reason_of_open_case(staff, patient)
    if await in_scope(staff, patient) is None:
        raise NotFound
    return why


def _actor(staff: StaffCaller, why: Reason) -> Actor:
    return Actor("staff", staff.staff, staff.address, why)
