"""Makes, ends and lists grants: a grant lets whoever reaches one chart read another one.

A grant's extent is fixed when it is made. Only its end changes it; to see more, or longer, a
person gets a new grant. One act makes a grant for each pair of charts of two people; for a chart
that is open, they begin and end together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.auth.access.reach import OPENS_GRANTS
from backend.auth.caregivers.representatives import (
    Evidence,
    RepresentativeKind,
    RequestedGrant,
    next_review,
    obstacles,
)
from backend.auth.desk_tasks import DeskTaskKind, settle_task
from backend.auth.identity.blind_index import lock_identifiers
from backend.auth.identity.demographics import shortened, unseal_birth_date
from backend.auth.notices import CAREGIVER_ADDED, CAREGIVER_ENDED, send_notice
from backend.auth.rules import Scope
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.reasons import Reason
from backend.core.database import Row, execute, fetch, new_id
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """All grants of one act about one open chart: between the same two people."""

    id: UUID
    """Of the oldest of them."""
    chart: UUID
    """The one that is open."""
    by_charts: list[UUID]
    """The caregiver's: whoever reaches one of them reads the open one."""
    name: str
    """Of the caregiver in a patient's list, of the patient in a caregiver's. Shortened."""
    scope: str
    kind: str
    begins_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    opens: bool


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


async def grants_on(charts: Sequence[UUID], limit: int, before: UUID | None) -> list[Grant]:
    """List who may read these charts, the newest first."""
    rows = await fetch(_ON, list(charts), limit, before)
    return [_grant(row) for row in rows]


async def grants_of_desks(chart: UUID, limit: int) -> list[Grant]:
    """List what desks have granted on a chart: what its owner grants in the app is not theirs."""
    rows = await fetch(_BY_DESK, [chart], limit, None)
    return [_grant(row) for row in rows]


async def grants_to(
    session: UUID, charts: Sequence[UUID], limit: int, before: UUID | None
) -> list[Grant]:
    """List whose charts these open in a session, the newest first.

    What the session could not open is not listed: a slip of one facility tells nothing of another's
    patients.
    """
    rows = await fetch(_TO, list(charts), limit, before, session)
    return [_grant(row) for row in rows]


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


_BEGUN: Final = "g.begins_at <= hub_clock() AND (g.review_at IS NULL OR g.review_at > hub_clock())"
_LISTED: Final = (
    "SELECT (array_agg(g.id ORDER BY g.id))[1] AS id, g.patient AS chart,"
    " array_agg(g.caregiver ORDER BY g.id) AS by_charts,"
    " (array_agg({named}.id ORDER BY g.id))[1] AS named,"
    " (array_agg({named}.name ORDER BY g.id))[1] AS name,"
    " min(g.scope) AS scope, min(g.kind) AS kind, min(g.begins_at) AS begins_at,"
    " min(g.ends_at) AS ends_at, min(g.review_at) AS review_at, bool_or({opens}) AS opens"
    " FROM caregiver_grant g JOIN patient p ON p.id = g.patient"
    " JOIN patient a ON a.id = g.caregiver {joined} WHERE {side} = ANY($1)"
    " AND g.ended_at IS NULL AND (g.ends_at IS NULL OR g.ends_at > hub_clock()) {shown}"
    " GROUP BY g.act, g.patient"
    " HAVING $3::uuid IS NULL OR (array_agg(g.id ORDER BY g.id))[1] < $3 ORDER BY 1 DESC LIMIT $2"
)
_LIVE: Final = f"({_BEGUN} AND p.deceased_at IS NULL AND a.deceased_at IS NULL)"
_ON: Final = _LISTED.format(named="a", opens=_LIVE, joined="", side="g.patient", shown="")
_BY_DESK: Final = _LISTED.format(
    named="a", opens=_LIVE, joined="", side="g.patient", shown="AND g.made_by IS NOT NULL"
)
_TO: Final = _LISTED.format(
    named="p",
    opens=_LIVE,
    joined="JOIN session_chart c ON c.session = $4 AND c.chart = g.caregiver"
    " AND c.ended_at IS NULL LEFT JOIN facility f ON f.id = p.facility",
    side="g.caregiver",
    shown=f"AND {OPENS_GRANTS} AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())",
)


def _grant(row: Row) -> Grant:
    """Show a grant also where the name cannot be read: who reads a record must stay to be seen."""
    facts = dict(row)
    name = unsealed(row["name"], table="patient", column="name", row=facts.pop("named"))
    said = UNREADABLE_NAME if name is None else shortened(name)
    return Grant(**facts | {"name": said})
