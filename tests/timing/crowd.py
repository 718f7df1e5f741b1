"""Classes of citizen ids, as many as are asked for: nobody must be able to tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import asyncpg

from backend.auth.credentials.rules import CLOSED_FOR, WRONG_IN_A_MONTH
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import new_id
from tests.harness.auth.steps import scattered


class Class(StrEnum):
    ONE = "one chart"
    TWO = "two charts"
    THREE = "three charts"
    WRONG_NUMBER = "wrong number"
    """Two charts, and the number that is typed is not the one that they have."""
    UNKNOWN = "no chart"
    UNLINKED = "unlinked"
    """Somebody is registered, and a hospital's own number for them has these digits."""
    LOCKED = "locked"
    """Codes of the pair are closed after too many wrong ones."""
    PHONELESS = "phone-less"
    NOBODY_TRIED = "none, tried"
    """No chart, and somebody has shown wrong codes before."""
    GUESSED = "one, tried"
    """One chart, and codes of the pair are open for a few more wrong ones."""


CHARTS = {
    Class.UNKNOWN: 0,
    Class.NOBODY_TRIED: 0,
    Class.TWO: 2,
    Class.WRONG_NUMBER: 2,
    Class.THREE: 3,
}
"""How many an id has; one, where nothing is said."""
WRONG = {
    Class.LOCKED: WRONG_IN_A_MONTH,
    Class.GUESSED: WRONG_IN_A_MONTH // 2,
    Class.NOBODY_TRIED: 0,
}
"""How many wrong codes are counted for those that were tried."""


@dataclass(frozen=True, slots=True)
class Id:
    """One citizen id of one class, and the number that is typed beside it."""

    of: Class
    number: str

    @property
    def phone(self) -> str:
        return f"+8491{self.number[-7:]}"

    @property
    def stated(self) -> str:
        """The number that its hospitals have."""
        return f"+8490{self.number[-7:]}" if self.of is Class.WRONG_NUMBER else self.phone


def ids(each: int) -> list[Id]:
    """Give `each` ids of every class, one of each in turn."""
    classes = list(Class)
    return [
        Id(kind, scattered(n * len(classes) + place))
        for n in range(each)
        for place, kind in enumerate(classes)
    ]


async def settle(owner: asyncpg.Connection, crowd: Sequence[Id]) -> None:
    """Register who is known at up to three hospitals, as intake would have done it."""
    facilities = [new_id() for _ in range(max(CHARTS.values()))]
    await owner.executemany(
        "INSERT INTO facility (id, code, name, short_name) VALUES ($1, $2, 'Mẫu', 'BV MAU')",
        [(facility, f"{42 + n:05}") for n, facility in enumerate(facilities)],
    )
    charts = [
        (each, new_id(), facility)
        for each in crowd
        for facility in facilities[: CHARTS.get(each.of, 1)]
    ]
    await owner.executemany(
        "INSERT INTO patient (id, name, facility) VALUES ($1, $2, $3)",
        [(one, seal("Lan", table="patient", column="name", row=one), facility)
         for _, one, facility in charts],
    )  # fmt: skip
    await owner.executemany(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient) VALUES ($1, 'test', $2, $3)",
        [(*_found_by(each, facility), one) for each, one, facility in charts],
    )
    await owner.executemany(
        "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at, confirmed_by)"
        " VALUES ($1, $2, $3, $4, hub_clock(), 'facility')",
        [_contact(one, each.stated) for each, one, _ in charts if each.of is not Class.PHONELESS],
    )
    owners = {each.number: one for each, one, _ in charts}
    await owner.executemany(
        "INSERT INTO sign_in_pair (subject_hash, number_hash, patient, wrong_at, closed_until)"
        " VALUES ($1, $2, $3, array_fill(hub_clock(), ARRAY[$4::int]), hub_clock() + $5)",
        [
            (lookup_hash("citizen-id", each.number), lookup_hash("phone", each.phone),
             owners.get(each.number), WRONG[each.of],
             CLOSED_FOR if each.of is Class.LOCKED else None)
            for each in crowd
            if each.of in WRONG
        ],
    )  # fmt: skip


def _found_by(each: Id, facility: UUID) -> tuple[str, bytes]:
    if each.of is Class.UNLINKED:
        return "hospital-number", lookup_hash("hospital-number", f"{facility}:{each.number}")
    return "citizen-id", lookup_hash("citizen-id", each.number)


def _contact(patient: UUID, number: str) -> tuple[UUID, UUID, bytes, bytes]:
    made = new_id()
    sealed = seal(number, table="contact_point", column="number", row=made)
    return made, patient, sealed, lookup_hash("phone", number)
