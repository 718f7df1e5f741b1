"""Five classes of citizen ids, as many as are asked for: nobody must be able to tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import asyncpg

from backend.auth.credentials.rules import WRONG_IN_A_ROW
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import new_id
from tests.harness.auth.steps import scattered


class Class(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    UNLINKED = "unlinked"
    """Somebody is registered, and a hospital's own number for them has these digits."""
    LOCKED = "locked"
    """Codes are closed after too many wrong ones."""
    PHONELESS = "phone-less"


@dataclass(frozen=True, slots=True)
class Id:
    """One citizen id of one class."""

    of: Class
    number: str


def ids(each: int) -> list[Id]:
    """Give `each` ids of every class, one of each in turn."""
    classes = list(Class)
    return [
        Id(kind, scattered(n * len(classes) + place))
        for n in range(each)
        for place, kind in enumerate(classes)
    ]


async def settle(owner: asyncpg.Connection, crowd: Sequence[Id]) -> None:
    """Register who is known, as intake would have done it, in a few statements."""
    facility = new_id()
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name) VALUES ($1, '00042', 'Mẫu', 'BV MAU')",
        facility,
    )
    people = [(each, new_id()) for each in crowd if each.of is not Class.UNKNOWN]
    await owner.executemany(
        "INSERT INTO patient (id, name, facility) VALUES ($1, $2, $3)",
        [
            (one, seal("Lan", table="patient", column="name", row=one), facility)
            for _, one in people
        ],
    )
    await owner.executemany(
        "INSERT INTO patient_identifier (patient, facility, system, value)"
        " VALUES ($1, $2, 'urn:test:mrn', '')",
        [(one, facility) for _, one in people],
    )
    await owner.executemany(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient) VALUES ($1, 'test', $2, $3)",
        [(*_found_by(each, facility), one) for each, one in people],
    )
    await owner.executemany(
        "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at)"
        " VALUES ($1, $2, $3, $4, hub_clock())",
        [
            _contact(one, f"+849{each.number[-8:]}")
            for each, one in people
            if each.of is not Class.PHONELESS
        ],
    )
    await owner.executemany(
        "INSERT INTO sign_in_account (account_hash, patient, failures, disabled_at)"
        " VALUES ($1, $2, $3, hub_clock())",
        [
            (lookup_hash("challenge", each.number), one, WRONG_IN_A_ROW)
            for each, one in people
            if each.of is Class.LOCKED
        ],
    )


def _found_by(each: Id, facility: UUID) -> tuple[str, bytes]:
    if each.of is Class.UNLINKED:
        return "hospital-number", lookup_hash("hospital-number", f"{facility}:{each.number}")
    return "citizen-id", lookup_hash("citizen-id", each.number)


def _contact(patient: UUID, number: str) -> tuple[UUID, UUID, bytes, bytes]:
    made = new_id()
    sealed = seal(number, table="contact_point", column="number", row=made)
    return made, patient, sealed, lookup_hash("phone", number)
