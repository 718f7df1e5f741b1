"""What a run of kills left of each Bundle: all of it, nothing of it, or what must never be."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.crypto.name_hashes import hash_name
from tests.crash.bundles import SentBundle

WHOLE: Final = {"observation": 5, "result": 1, "appointment": 1, "medicine": 1}
NOTIFICATIONS: Final = 2
"""A result and an appointment: the one speaks, the other is folded into it."""
EACH: Final = {
    "patient": 1, "patient_identifier": 3, "contact_point": 1, "patient_change": 1,
    **WHOLE, "notification": NOTIFICATIONS,
}  # fmt: skip
"""Rows of one Bundle, table by table."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The sums of it."""

    sent_bundles: int
    heard: int
    """Bundles whose sender has read a 200."""
    whole: int
    lost: int
    """Heard, and not stored whole."""
    half: int
    """Stored in part."""
    doubled: int
    """Told twice, or taken in twice."""
    strays: dict[str, int]
    """Rows that belong to no Bundle that is stored whole, by table."""
    resent: int
    never_answered: int

    @property
    def right(self) -> bool:
        return self.lost + self.half + self.doubled + sum(self.strays.values()) == 0

    def lines(self) -> list[str]:
        strays = ", ".join(f"{n} {table}" for table, n in self.strays.items() if n)
        left = f"stored whole {self.whole}, lost {self.lost}, half {self.half}"
        return [
            f"sent {self.sent_bundles} Bundles, {self.resent} of them more than once",
            f"heard 200 for {self.heard}; {self.never_answered} were never answered",
            f"{left}, doubled {self.doubled}, strays: {strays or 'none'}",
        ]


@dataclass
class _Shelf:
    """What there is of one Bundle."""

    rows: Counter[str] = field(default_factory=Counter)
    received: set[UUID] = field(default_factory=set)
    patients: set[UUID] = field(default_factory=set)


async def look(owner: asyncpg.Connection, bundles: Sequence[SentBundle]) -> Stored:
    shelves = {each.hospital_number: _Shelf() for each in bundles}
    facility: UUID = await owner.fetchval("SELECT id FROM facility")
    senders = {key: each for each in bundles for key in _keys_in(each, facility)}
    for table in WHOLE:
        for row in await owner.fetch(f"SELECT names, patient, received_event FROM {table}"):
            (sender,) = {senders[name].hospital_number for name in row["names"] if name in senders}
            shelf = shelves[sender]
            shelf.rows[table] += 1
            shelf.received.add(row["received_event"])
            shelf.patients.add(row["patient"])
    told = await _count_by(owner, "SELECT patient FROM notification")
    applied = await _count_by(owner, "SELECT id FROM received_event WHERE outcome = 'applied'")
    audited = await _count_by(owner, "SELECT subject FROM audit_event WHERE action = 'intake.fhir'")
    whole = {number for number, shelf in shelves.items() if _is_whole(shelf, told, audited)}
    return Stored(
        sent_bundles=len(bundles),
        heard=sum(each.heard for each in bundles),
        whole=len(whole),
        lost=sum(each.heard and each.hospital_number not in whole for each in bundles),
        half=sum(bool(each.rows) for each in shelves.values()) - len(whole),
        doubled=sum(n > NOTIFICATIONS for n in told.values()) + max(0, len(applied) - len(whole)),
        strays=await _strays(owner, len(whole)),
        resent=sum(each.sent > 1 for each in bundles),
        never_answered=sum(not each.heard for each in bundles),
    )


def _keys_in(sent_bundle: SentBundle, facility: UUID) -> Iterator[str]:
    """Give what the hub stores instead of the names that a Bundle gives its records."""
    for entry in json.loads(sent_bundle.body)["entry"]:
        for identifier in entry["resource"]["identifier"][:1]:
            name = f"{identifier['system']}|{identifier['value']}"
            yield hash_name(facility, entry["resource"]["resourceType"], name)


def _is_whole(shelf: _Shelf, told: Counter[UUID], audited: Counter[UUID]) -> bool:
    if dict(shelf.rows) != WHOLE or len(shelf.received) != 1 or len(shelf.patients) != 1:
        return False
    [patient], [received] = shelf.patients, shelf.received
    return told[patient] == NOTIFICATIONS and audited[received] == 1


async def _count_by(owner: asyncpg.Connection, ids: str) -> Counter[UUID]:
    return Counter(row[0] for row in await owner.fetch(ids))


async def _strays(owner: asyncpg.Connection, whole: int) -> dict[str, int]:
    """Count every table whole: a row that nobody asked about would be missed otherwise."""
    counted = {table: int(await owner.fetchval(f"SELECT count(*) FROM {table}")) for table in EACH}
    return {table: abs(counted[table] - whole * each) for table, each in EACH.items()}
