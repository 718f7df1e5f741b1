"""Loads registered patients of one facility by SQL: with identifiers and a phone number."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from backend.auth.identity.identifiers import found_by
from backend.auth.registration.patients import Identifier
from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import use_ring
from backend.core.crypto.sealing import lookup_hash, lookup_hashes, new_secret, seal, secret_hash
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import CITIZEN_ID, HOSPITAL_NUMBERS, StoryPerson

WRONG_AFTER = timedelta(days=1)


async def load(owner_url: str, patients: int) -> tuple[str, list[StoryPerson]]:
    """Give a facility's key and its patients."""
    owner = await asyncpg.connect(owner_url)
    try:
        use_ring(ring_of(await owner.fetch(LIVE)))
        facility, key = new_id(), new_secret()
        await _facility(owner, facility, key)
        people = [_person(n) for n in range(1, patients + 1)]
        await _patients(owner, facility, people)
        await owner.execute("VACUUM (ANALYZE)")
    finally:
        await owner.close()
    return key, people


def _person(n: int) -> StoryPerson:
    return StoryPerson(
        "Trần Thị Lan", f"BN{n:06}", f"079185{n:06}", "1985-03-12", "female", f"0901{n:06}"
    )


async def _facility(owner: asyncpg.Connection, facility: UUID, key: str) -> None:
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name)"
        " VALUES ($1, '79998', 'Bệnh viện Đo', 'BV DO')",
        facility,
    )
    await owner.execute(
        "INSERT INTO facility_key (id, facility, hash, label, scopes, networks, created_at,"
        " expires_at) VALUES ($1, $2, $3, 'bench', 'intake', '', hub_clock(),"
        " hub_clock() + $4::interval)",
        new_id(), facility, secret_hash(key), WRONG_AFTER,
    )  # fmt: skip


async def _patients(owner: asyncpg.Connection, facility: UUID, people: list[StoryPerson]) -> None:
    ids = [(new_id(), person) for person in people]
    await owner.copy_records_to_table(
        "patient", columns=["id", "name", "sex", "facility"],
        records=[
            (patient, seal(person.name, table="patient", column="name", row=patient), person.gender,
             facility)
            for patient, person in ids
        ],
    )  # fmt: skip
    numbers = [
        (new_id(), patient, Identifier(system, value))
        for patient, person in ids
        for system, value in (
            (CITIZEN_ID, person.citizen_id), (HOSPITAL_NUMBERS, person.hospital_number)
        )
    ]  # fmt: skip
    await owner.copy_records_to_table(
        "patient_identifier", columns=["id", "patient", "facility", "system", "value"],
        records=[
            (row, patient, facility, number.system,
             seal(number.value, table="patient_identifier", column="value", row=row))
            for row, patient, number in numbers
        ],
    )  # fmt: skip
    await owner.copy_records_to_table(
        "patient_lookup", columns=["id", "kind", "key_id", "hash", "patient"],
        records=[
            (new_id(), kind, key, hashed, patient)
            for _, patient, number in numbers
            for kind, value in found_by(number, facility)
            for key, hashed in lookup_hashes(kind, value)
        ],
    )  # fmt: skip
    await _addresses(owner, ids)


async def _addresses(owner: asyncpg.Connection, ids: list[tuple[UUID, StoryPerson]]) -> None:
    """Give each patient a phone with the app and a confirmed number."""
    phones = [(new_id(), patient, f"token-{n}") for n, (patient, _) in enumerate(ids)]
    await owner.executemany(
        "INSERT INTO device (id, platform, push_token, push_token_hash)"
        " VALUES ($1, 'android', $2, $3)",
        [
            (device, seal(token, table="device", column="push_token", row=device),
             lookup_hash("push-token", token))
            for device, _, token in phones
        ],
    )  # fmt: skip
    await owner.executemany(
        "WITH opened AS (INSERT INTO session (id, device, refresh_hash, created_at, used_at,"
        " expires_at) VALUES ($1, $1, uuid_send($1), hub_clock(), hub_clock(),"
        " hub_clock() + interval '30 days') RETURNING id)"
        " INSERT INTO session_chart (id, session, chart, level, proof)"
        " SELECT uuidv7(), id, $2, 'otp', 'code' FROM opened",
        [(device, patient) for device, patient, _ in phones],
    )
    await owner.executemany(
        "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at)"
        " VALUES ($1, $2, $3, $4, hub_clock())",
        [
            (row, patient,
             seal(f"+84{person.mobile[1:]}", table="contact_point", column="number", row=row),
             lookup_hash("phone", f"+84{person.mobile[1:]}"))
            for patient, person in ids for row in (new_id(),)
        ],
    )  # fmt: skip
