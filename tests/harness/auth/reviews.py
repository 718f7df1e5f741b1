"""The steps of a caregiver's review: the child grows up, the desk lets in, the worker looks."""

from datetime import date
from uuid import UUID

from backend.auth.caregivers.grants import Actor, EndedBy, NewGrant, make_grant
from backend.auth.caregivers.representatives import Evidence, RepresentativeKind
from backend.auth.caregivers.reviews import ask_for_reviews
from backend.auth.rules import Scope
from backend.core.database import transaction
from tests.conftest import Database


async def desk_lets_in(
    child: UUID,
    mother: UUID,
    kind: RepresentativeKind = RepresentativeKind.PARENT,
    evidence: Evidence = Evidence.BIRTH_CERTIFICATE,
) -> UUID:
    new = NewGrant(
        patient=child, caregiver=mother, kind=kind, scope=Scope.FULL, evidence=evidence,
        ends_at=None,
    )  # fmt: skip
    async with transaction():
        return await make_grant(new, Actor("staff", mother), EndedBy.DESK)


async def worker_looks(database: Database) -> int:
    async with database.as_worker():
        return await ask_for_reviews()


def born(birthday: date, age: int) -> str:
    return birthday.replace(year=birthday.year - age).isoformat()
