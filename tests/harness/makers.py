"""Each maker stores one valid thing; a test names only what it is about. All of it is invented."""

from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import UUID

from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS
from tests.conftest import Database

OWN_NUMBER: Final = "https://benhvien.example/so-benh-nhan"
"""A system of chart numbers that each made facility has declared, beside the one of the stories."""
_numbers = count(1)


async def a_facility(database: Database, short_name: str = "BV MAU", hotline: str = "") -> UUID:
    made = new_id()
    await database.owner.execute(
        "INSERT INTO facility (id, code, name, short_name, hotline) VALUES ($1, $2, $3, $4, $5)",
        made, f"{next(_numbers):05}", "Bệnh viện Mẫu", short_name, hotline,
    )  # fmt: skip
    await database.owner.executemany(
        "INSERT INTO facility_numbers (facility, system, meaning, main)"
        " VALUES ($1, $2, 'chart', $3)",
        [(made, system, system == HOSPITAL_NUMBERS) for system in (HOSPITAL_NUMBERS, OWN_NUMBER)],
    )
    return made


@dataclass(frozen=True, slots=True)
class SomePatient:
    id: UUID
    facility: UUID
    contact: UUID | None
    devices: tuple[UUID, ...]


async def a_patient(
    database: Database,
    facility: UUID | None = None,
    *,
    phone: str | None = "+84901234567",
    phones_with_app: int = 0,
    language: str = "vi",
) -> SomePatient:
    """A registered patient with a confirmed number, unless `phone` is None."""
    facility = facility or await a_facility(database)
    made = new_id()
    await database.owner.execute(
        "INSERT INTO patient (id, name, sex, language, facility) VALUES ($1, $2, 'female', $3, $4)",
        made, seal("Trần Thị Lan", table="patient", column="name", row=made), language, facility,
    )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO patient_identifier (patient, facility, system, value)"
        " VALUES ($1, $2, 'urn:test:mrn', $3)",
        made, facility, b"",
    )  # fmt: skip
    contact = None if phone is None else await a_contact(database, made, phone, facility)
    devices = [await a_device(database, made) for _ in range(phones_with_app)]
    return SomePatient(made, facility, contact, tuple(devices))


async def a_contact(
    database: Database, patient: UUID, phone: str, facility: UUID | None = None
) -> UUID:
    """A number in use; with a facility, one that it has given."""
    made = new_id()
    await database.owner.execute(
        "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at, confirmed_by,"
        " proposed_by) VALUES ($1, $2, $3, $4, hub_clock(),"
        " 'facility', $5)",
        made, patient, seal(phone, table="contact_point", column="number", row=made),
        lookup_hash("phone", phone), facility,
    )  # fmt: skip
    return made


async def a_device(database: Database, patient: UUID) -> UUID:
    """A phone with the app, whose session reaches the chart."""
    made, token = new_id(), f"token-{next(_numbers)}"
    await database.owner.execute(
        "INSERT INTO device (id, platform, push_token, push_token_hash)"
        " VALUES ($1, 'android', $2, $3)",
        made, seal(token, table="device", column="push_token", row=made),
        lookup_hash("push-token", token),
    )  # fmt: skip
    await a_session(database, patient, made)
    return made


async def a_session(database: Database, patient: UUID, device: UUID, level: str = "otp") -> UUID:
    """A living session on this phone, which reaches this chart by a code."""
    made = new_id()
    await database.owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock(), hub_clock(), hub_clock() + interval '180 days', $3)",
        made, device, made.bytes,
    )  # fmt: skip
    await reaches(database, made, patient, level)
    return made


async def reaches(
    database: Database, session: UUID, chart: UUID, level: str = "otp", proof: str = "code"
) -> None:
    """Let a session reach one more chart."""
    await database.owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, reached_at)"
        " VALUES (uuidv7(), $1, $2, $3, $4, hub_clock())",
        session, chart, level, proof,
    )  # fmt: skip
