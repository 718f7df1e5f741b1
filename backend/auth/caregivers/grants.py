"""Makes and ends grants: a grant lets whoever reaches one chart read another one.

A grant's extent is fixed when it is made. Only its end changes it; to see more, or longer, a
person gets a new grant. One act makes a grant for each pair of charts of two people; for a chart
that is open, they begin and end together.
"""

from collections.abc import Iterable, Mapping, Sequence
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
from backend.auth.identity.blind_index import lock_identifiers
from backend.auth.identity.demographics import unseal_birth_date
from backend.auth.notices import CAREGIVER_ADDED, CAREGIVER_ENDED, send_notice
from backend.auth.rules import Scope
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.reasons import Reason
from backend.core.database import Row, execute, fetch, new_id
from backend.core.errors import HubError, Issue
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
    IDENTITY = "identity"
    """The chart is about somebody else now, or is not its owner's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes or ends a grant: a person's session, a member of staff, a facility, the worker."""

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


@dataclass(frozen=True, slots=True)
class MadeGrant:
    id: UUID
    patient: UUID
    caregiver: UUID


async def make_grant(new: NewGrant, by: Actor, replaced_by: EndedBy) -> UUID:
    """Make a grant in the caller's transaction. It replaces what there was between the two.

    Raises:
        CannotGrant: the table in `representatives` has something against it; all of it is listed.
    """
    (made,) = await make_grants([new], by, replaced_by)
    return made.id


async def make_grants(
    asked: Sequence[NewGrant], by: Actor, replaced_by: EndedBy
) -> list[MadeGrant]:
    """Make the grants of one act, those that nothing stands against, in the transaction.

    Raises:
        CannotGrant: something stands against each of them; what stands against the first is listed.
    """
    await take_turns(new.patient for new in asked)
    allowed = await _allowed(asked)
    for chart in sorted({new.patient for new, _ in allowed}):
        caregivers = [new.caregiver for new, _ in allowed if new.patient == chart]
        await _replace(chart, caregivers, by, replaced_by)
    act = new_id()
    made = [
        MadeGrant(await _store(new, birth, act, by), new.patient, new.caregiver)
        for new, birth in allowed
    ]
    first = {grant.patient: grant.id for grant in reversed(made)}
    for chart, grant in first.items():
        await send_notice(chart, CAREGIVER_ADDED, grant)
    return made


async def _store(new: NewGrant, birth: str | None, act: UUID, by: Actor) -> UUID:
    review = next_review(new.kind, birth, local_today())
    grant = new_id()
    await execute(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope, kind, evidence, act, made_by,"
        " begins_at, ends_at, review_at, review_age, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, hub_clock(), $9, $10, $11, hub_clock())",
        grant, new.patient, new.caregiver, new.scope.value, new.kind.value, new.evidence.value,
        act, by.staff, new.ends_at, midnight(review.day) if review else None,
        review.age if review else None,
    )  # fmt: skip
    await write_of_both("caregiver.added", new.patient, new.caregiver, grant, by)
    return grant


async def end_grant(grant: UUID, ended_by: EndedBy, by: Actor) -> bool:
    """End a grant and all of the same act about the same chart; tell whether it was live."""
    rows = await fetch(
        "SELECT o.id FROM caregiver_grant g JOIN caregiver_grant o USING (act, patient)"
        " WHERE g.id = $1 AND g.ended_at IS NULL AND o.ended_at IS NULL",
        grant,
    )
    return bool(await end_grants([row["id"] for row in rows], ended_by, by))


async def end_grants_of(chart: UUID, by: Actor) -> int:
    """End all grants that open a chart, or that it opens, in the transaction; count them.

    For a chart whose citizen id was replaced, or that a person says is not theirs.
    """
    await take_turns([chart])
    rows = await fetch(
        "SELECT id FROM caregiver_grant WHERE $1 IN (patient, caregiver) AND ended_at IS NULL",
        chart,
    )
    return len(await end_grants([row["id"] for row in rows], EndedBy.IDENTITY, by))


async def end_grants(grants: Sequence[UUID], ended_by: EndedBy, by: Actor) -> list[UUID]:
    """End grants from the next request on, notify the other person; give those that were live."""
    rows = await fetch(
        "UPDATE caregiver_grant g SET ended_at = hub_clock(), ended_by = $2 FROM"
        " (SELECT id FROM caregiver_grant WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE) o"
        " WHERE g.id = o.id AND g.ended_at IS NULL RETURNING g.id, g.patient, g.caregiver",
        list(grants), ended_by.value,
    )  # fmt: skip
    told: dict[UUID, UUID] = {}
    for row in sorted(rows, key=lambda row: str(row["id"])):
        await settle_task(DeskTaskKind.GRANT_REVIEW, row["id"], "ended", by.staff)
        await write_of_both("caregiver.ended", row["patient"], row["caregiver"], row["id"], by)
        if ended_by is not EndedBy.CAREGIVER:
            told.setdefault(row["caregiver"], row["id"])
        if ended_by is not EndedBy.PATIENT:
            told.setdefault(row["patient"], row["id"])
    for chart, grant in told.items():
        await send_notice(chart, CAREGIVER_ENDED, grant)
    return [row["id"] for row in rows]


async def take_turns(charts: Iterable[UUID]) -> None:
    """Lock the grants on charts, so that grants and corrections of a birth date run one by one."""
    await lock_identifiers([("caregivers", str(chart)) for chart in charts])


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


async def _allowed(asked: Sequence[NewGrant]) -> list[tuple[NewGrant, str | None]]:
    """Give what nothing stands against, each with the birth date of who is to be read."""
    people = {
        row["id"]: row
        for row in await fetch(
            "SELECT id, birth_date, deceased_at FROM patient WHERE id = ANY($1)",
            list({chart for new in asked for chart in (new.patient, new.caregiver)}),
        )
    }
    against = [(new, _against(new, people)) for new in asked]
    allowed = [(new, _birth(people[new.patient])) for new, faults in against if not faults]
    if not allowed:
        raise CannotGrant(faults=against[0][1] if against else [])
    return allowed


def _against(new: NewGrant, people: Mapping[UUID, Row]) -> list[Issue]:
    patient, caregiver = people.get(new.patient), people.get(new.caregiver)
    if patient is None or caregiver is None or new.patient == new.caregiver:
        return [Issue("$.caregiver", "is not another patient of the hub")]
    requested = RequestedGrant(
        kind=new.kind,
        scope=new.scope,
        evidence=new.evidence,
        ends_at=new.ends_at,
        patient_birth=_birth(patient),
        patient_died=patient["deceased_at"] is not None,
        caregiver_birth=_birth(caregiver),
        caregiver_died=caregiver["deceased_at"] is not None,
    )
    found = obstacles(requested, now(), local_today())
    return [Issue(obstacle.where, obstacle.message) for obstacle in found]


def _birth(person: Row) -> str | None:
    return unseal_birth_date(person["birth_date"], person["id"])


async def _replace(
    chart: UUID, caregivers: Sequence[UUID], by: Actor, replaced_by: EndedBy
) -> None:
    """End what was granted between the two people on this chart, by whichever chart of theirs."""
    ended = await fetch(
        "UPDATE caregiver_grant SET ended_at = hub_clock(), ended_by = $3"
        " WHERE patient = $1 AND ended_at IS NULL AND act IN (SELECT act FROM caregiver_grant"
        "  WHERE patient = $1 AND caregiver = ANY($2) AND ended_at IS NULL)"
        " RETURNING id, caregiver",
        chart, list(caregivers), replaced_by.value,
    )  # fmt: skip
    for row in ended:
        await settle_task(DeskTaskKind.GRANT_REVIEW, row["id"], "renewed", by.staff)
        await write_of_both("caregiver.replaced", chart, row["caregiver"], row["id"], by)
