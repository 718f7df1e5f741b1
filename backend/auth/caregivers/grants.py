"""Makes, ends and lists grants: a grant lets one person read another person's record.

A grant's extent is fixed when it is made. Only its end changes it; to see more, or longer, a
person gets a new grant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.auth.caregivers.representatives import (
    Evidence,
    RepresentativeKind,
    RequestedGrant,
    next_review,
    obstacles,
)
from backend.auth.desk_tasks import DeskTaskKind, settle_task
from backend.auth.identity.blind_index import wait_in_turn
from backend.auth.identity.demographics import shortened, unseal_birth_date
from backend.auth.notices import CAREGIVER_ADDED, CAREGIVER_ENDED, send_notice
from backend.auth.rules import Scope
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.reasons import Reason
from backend.core.database import Row, execute, fetch, fetch_one, new_id
from backend.core.errors import HubError, Issue
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed
from backend.core.settings import load_settings


class CannotGrant(HubError):
    """This person cannot become a caregiver in this way."""

    code = "cannot_grant"
    status = 409


class EndedBy(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"
    DESK = "desk"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or process that makes or ends a grant: patient, caregiver, staff or worker."""

    kind: str
    id: UUID | None = None
    address: str = ""
    why: Reason | None = None

    @property
    def staff(self) -> UUID | None:
        return self.id if self.kind == "staff" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    patient: UUID
    caregiver: UUID
    kind: RepresentativeKind
    scope: Scope
    evidence: Evidence
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    id: UUID
    other: UUID
    """The caregiver, in a patient's list; the patient, in a caregiver's."""
    name: str
    """Shortened."""
    scope: str
    kind: str
    begins_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    opens: bool


async def make_grant(new: NewGrant, by: Actor, replaced_by: EndedBy) -> UUID:
    """Make a grant in the caller's transaction. It replaces an earlier grant between the two.

    Raises:
        CannotGrant: the table in `representatives` has something against it; all of it is listed.
    """
    await take_turn(new.patient)
    birth = await _allowed(new)
    review = next_review(new.kind, birth, local_today())
    await _replace(new, by, replaced_by)
    grant = new_id()
    await execute(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope, kind, evidence, made_by,"
        " begins_at, ends_at, review_at, review_age, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock(), $8, $9, $10, hub_clock())",
        grant, new.patient, new.caregiver, new.scope.value, new.kind.value, new.evidence.value,
        by.staff, new.ends_at, midnight(review.day) if review else None,
        review.age if review else None,
    )  # fmt: skip
    await write_of_both("caregiver.added", new.patient, new.caregiver, grant, by)
    await send_notice(new.patient, CAREGIVER_ADDED, grant)
    return grant


async def end_grant(grant: UUID, ended_by: EndedBy, by: Actor) -> bool:
    """End a grant from the next request on, notify the other person; tell whether it was live."""
    row = await fetch_one(
        "UPDATE caregiver_grant SET ended_at = hub_clock(), ended_by = $2"
        " WHERE id = $1 AND ended_at IS NULL RETURNING patient, caregiver",
        grant, ended_by.value,
    )  # fmt: skip
    if row is None:
        return False
    await settle_task(DeskTaskKind.GRANT_REVIEW, grant, "ended", by.staff)
    await write_of_both("caregiver.ended", row["patient"], row["caregiver"], grant, by)
    if ended_by is not EndedBy.CAREGIVER:
        await send_notice(row["caregiver"], CAREGIVER_ENDED, grant)
    if ended_by is not EndedBy.PATIENT:
        await send_notice(row["patient"], CAREGIVER_ENDED, grant)
    return True


async def grants_on(patient: UUID, limit: int, before: UUID | None) -> list[Grant]:
    """List who may read this patient's record, the newest first."""
    return await _listed("patient", "caregiver", patient, limit, before)


async def grants_to(caregiver: UUID, limit: int, before: UUID | None) -> list[Grant]:
    """List whose records this person may read, the newest first."""
    return await _listed("caregiver", "patient", caregiver, limit, before)


async def take_turn(patient: UUID) -> None:
    """Lock a patient's grants, so that grants and corrections of a birth date run one by one."""
    await wait_in_turn([("caregivers", str(patient))])


async def write_of_both(
    action: str, patient: UUID, caregiver: UUID, grant: UUID, by: Actor
) -> None:
    """Write an action into the audit trails of both people, so that each can see it."""
    for person in (patient, caregiver):
        await write_down(
            Act(actor_kind=by.kind, actor=by.id, patient=person, action=action, subject=grant,
                why=by.why, from_where=by.address)
        )  # fmt: skip


def local_today() -> date:
    return now().astimezone(ZoneInfo(load_settings().timezone)).date()


def midnight(day: date) -> datetime:
    """Give the instant at which a day begins in the hospital's time zone."""
    return datetime.combine(day, time(), ZoneInfo(load_settings().timezone))


async def _allowed(new: NewGrant) -> str | None:
    """Give the patient's birth date, if nothing stands against the grant."""
    people = {
        row["id"]: row
        for row in await fetch(
            "SELECT id, birth_date, deceased_at FROM patient WHERE id = ANY($1)",
            [new.patient, new.caregiver],
        )
    }
    if len(people) < len({new.patient, new.caregiver}) or new.patient == new.caregiver:
        raise CannotGrant(faults=[Issue("$.caregiver", "is not another patient of the hub")])
    patient, caregiver = people[new.patient], people[new.caregiver]
    asked = RequestedGrant(
        kind=new.kind,
        scope=new.scope,
        evidence=new.evidence,
        ends_at=new.ends_at,
        patient_birth=unseal_birth_date(patient["birth_date"], new.patient),
        patient_died=patient["deceased_at"] is not None,
        caregiver_birth=unseal_birth_date(caregiver["birth_date"], new.caregiver),
        caregiver_died=caregiver["deceased_at"] is not None,
    )
    found = obstacles(asked, now(), local_today())
    if found:
        raise CannotGrant(faults=[Issue(obstacle.where, obstacle.message) for obstacle in found])
    return asked.patient_birth


async def _replace(new: NewGrant, by: Actor, replaced_by: EndedBy) -> None:
    ended = await fetch(
        "UPDATE caregiver_grant SET ended_at = hub_clock(), ended_by = $3"
        " WHERE patient = $1 AND caregiver = $2 AND ended_at IS NULL RETURNING id",
        new.patient, new.caregiver, replaced_by.value,
    )  # fmt: skip
    for row in ended:
        await settle_task(DeskTaskKind.GRANT_REVIEW, row["id"], "renewed", by.staff)
        await write_of_both("caregiver.replaced", new.patient, new.caregiver, row["id"], by)


async def _listed(
    mine: str, other: str, person: UUID, limit: int, before: UUID | None
) -> list[Grant]:
    rows: Sequence[Row] = await fetch(
        f"SELECT g.id, g.{other} AS other, o.name, g.scope, g.kind, g.begins_at, g.ends_at,"
        " g.review_at, g.begins_at <= hub_clock() AND p.deceased_at IS NULL"
        " AND o.deceased_at IS NULL"
        " AND (g.review_at IS NULL OR g.review_at > hub_clock()) AS opens"
        f" FROM caregiver_grant g JOIN patient p ON p.id = g.patient"
        f" JOIN patient o ON o.id = g.{other}"
        f" WHERE g.{mine} = $1 AND g.ended_at IS NULL"
        " AND (g.ends_at IS NULL OR g.ends_at > hub_clock()) AND ($3::uuid IS NULL OR g.id < $3)"
        " ORDER BY g.id DESC LIMIT $2",
        person, limit, before,
    )  # fmt: skip
    return [_grant(row) for row in rows]


def _grant(row: Row) -> Grant:
    """Show a grant also where the name cannot be read: who reads a record must stay to be seen."""
    name = unsealed(row["name"], table="patient", column="name", row=row["other"])
    said = UNREADABLE_NAME if name is None else shortened(name)
    return Grant(**dict(row) | {"name": said})
