"""Loads registered patients of one facility: with identifiers, a phone with the app, a number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from backend.auth.identity.identifiers import found_by
from backend.auth.registration.patients import Identifier
from backend.core.crypto.sealing import lookup_hash, lookup_hashes, new_secret, seal, secret_hash
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import CITIZEN_ID, HOSPITAL_NUMBERS, StoryPerson

FACILITY_CODE: Final = "79998"
WRONG_AFTER: Final = timedelta(days=30)
"""When the facility's key and the sessions of the phones end."""

Row = tuple[object, ...]
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "patient": ("id", "name", "sex", "facility"),
    "patient_identifier": ("id", "patient", "facility", "system", "value"),
    "patient_lookup": ("id", "kind", "key_id", "hash", "patient"),
    "device": ("id", "platform", "push_token", "push_token_hash"),
    "session": ("id", "device", "refresh_hash", "created_at", "used_at", "expires_at"),
    "session_chart": ("id", "session", "chart", "level", "proof"),
    "contact_point": (
        "id", "patient", "number", "number_hash", "confirmed_by", "confirmed_at", "proved_at",
    ),
}  # fmt: skip
"""What is written to each table, in the order in which rows refer to rows."""


@dataclass(frozen=True, slots=True)
class RegisteredPatients:
    """The patients of one facility, which has a key."""

    facility: UUID
    key: str
    people: Sequence[StoryPerson]


async def load_registered(owner: asyncpg.Connection, patients: int) -> RegisteredPatients:
    """Load them with one COPY a table: sixty thousand take some ten seconds."""
    facility, key = new_id(), new_secret()
    await _facility(owner, facility, key)
    people = [_person(n) for n in range(1, patients + 1)]
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    at = await owner.fetchval("SELECT hub_clock()")
    for person in people:
        for table, row in _rows_of(person, facility, at):
            rows[table].append(row)
    for table, columns in COLUMNS.items():
        await owner.copy_records_to_table(table, columns=columns, records=rows[table])
    return RegisteredPatients(facility, key, people)


def _person(n: int) -> StoryPerson:
    return StoryPerson(
        "Trần Thị Lan", f"BN{n:06}", f"079185{n:06}", "1985-03-12", "female", f"0901{n:06}"
    )


async def _facility(owner: asyncpg.Connection, facility: UUID, key: str) -> None:
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name)"
        " VALUES ($1, $2, 'Bệnh viện Đo', 'BV DO')",
        facility, FACILITY_CODE,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO facility_key (id, facility, hash, label, scopes, networks, created_at,"
        " expires_at) VALUES ($1, $2, $3, 'bench', 'intake', '', hub_clock(),"
        " hub_clock() + $4::interval)",
        new_id(), facility, secret_hash(key), WRONG_AFTER,
    )  # fmt: skip


def _rows_of(person: StoryPerson, facility: UUID, at: datetime) -> Iterator[tuple[str, Row]]:
    patient = new_id()
    name = seal(person.name, table="patient", column="name", row=patient)
    yield "patient", (patient, name, person.gender, facility)
    for system, value in (
        (CITIZEN_ID, person.citizen_id), (HOSPITAL_NUMBERS, person.hospital_number)
    ):  # fmt: skip
        row = new_id()
        sealed = seal(value, table="patient_identifier", column="value", row=row)
        yield "patient_identifier", (row, patient, facility, system, sealed)
        for kind, sought in found_by(Identifier(system, value), facility):
            for key, hashed in lookup_hashes(kind, sought):
                yield "patient_lookup", (new_id(), kind, key, hashed, patient)
    yield from _addresses(person, patient, at)


def _addresses(person: StoryPerson, patient: UUID, at: datetime) -> Iterator[tuple[str, Row]]:
    """Give a phone whose app reaches the chart, and a number that its person has proved."""
    device, contact, token = new_id(), new_id(), f"token-{person.hospital_number}"
    sealed = seal(token, table="device", column="push_token", row=device)
    yield "device", (device, "android", sealed, lookup_hash("push-token", token))
    yield "session", (device, device, device.bytes, at, at, at + WRONG_AFTER)
    yield "session_chart", (new_id(), device, patient, "otp", "code")
    number = f"+84{person.mobile[1:]}"
    sealed = seal(number, table="contact_point", column="number", row=contact)
    hashed = lookup_hash("phone", number)
    yield "contact_point", (contact, patient, sealed, hashed, "patient", at, at)
