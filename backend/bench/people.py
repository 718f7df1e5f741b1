"""Loads patients with results and sessions by SQL, as many as a bench asks for."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from backend.auth import refresh_token
from backend.bench.proofs import Phone
from backend.crypto import secret_hash
from backend.database import new_id
from backend.key_ring import LIVE, ring_of
from backend.keys import use_ring

RESULTS_EACH = 20


@dataclass(slots=True)
class Person:
    """A patient with one session, bound to the key of the phone if that proves itself."""

    patient: UUID
    session: UUID
    phone: Phone | None
    access_token: str = field(default="", repr=False)

    @property
    def refresh_token(self) -> str:
        return refresh_token.make(self.session, 0)


async def load(owner_url: str, patients: int, sessions: int) -> tuple[list[Person], list[Person]]:
    """Store everything; give those with a bearer session, and those with a bound one."""
    owner = await asyncpg.connect(owner_url)
    try:
        use_ring(ring_of(await owner.fetch(LIVE)))
        ids = [new_id() for _ in range(patients)]
        await _records(owner, ids)
        bearers = [Person(each, new_id(), None) for each in ids[:sessions]]
        bound = [Person(each, new_id(), Phone()) for each in ids[-sessions:]]
        await _sessions(owner, [*bearers, *bound])
        await owner.execute("VACUUM (ANALYZE)")
    finally:
        await owner.close()
    return bearers, bound


async def _records(owner: asyncpg.Connection, ids: list[UUID]) -> None:
    facility = new_id()
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name)"
        " VALUES ($1, '79998', 'Bệnh viện Đo', 'BV DO')",
        facility,
    )
    await owner.execute(
        "INSERT INTO patient (id, name) SELECT unnest($1::uuid[]), ''", ids, timeout=60
    )
    await owner.execute(
        "INSERT INTO result (facility, key, content_hash, patient, happened_at, visible_from,"
        " change_n, received_event, status, document, header)"
        " SELECT $1, p.id || '-' || n, '', p.id, clock_timestamp() - n * interval '1 day',"
        " '-infinity', n, $1, 'final', h.header, h.header"
        " FROM patient p, generate_series(1, $2) n, LATERAL (SELECT format("
        "'{\"id\":\"%s\",\"testName\":\"Tổng phân tích tế bào máu\",\"status\":\"final\","
        '"issuedAt":"2026-11-01T08:00:00+07:00","facility":"Bệnh viện Đo","conclusion":null}\','
        " p.id) AS header) h",
        facility, RESULTS_EACH, timeout=60,
    )  # fmt: skip


async def _sessions(owner: asyncpg.Connection, people: list[Person]) -> None:
    devices = [(new_id(), each.patient) for each in people]
    await owner.executemany(
        "INSERT INTO device (id, patient, platform) VALUES ($1, $2, 'android')", devices
    )
    rows = [
        (each.session, each.patient, device, each.phone.thumbprint if each.phone else "",
         secret_hash(each.refresh_token))
        for each, (device, _) in zip(people, devices, strict=True)
    ]  # fmt: skip
    await owner.executemany(
        "INSERT INTO session (id, patient, device, level, key_thumbprint, refresh_hash, created_at,"
        " used_at, expires_at) VALUES ($1, $2, $3, 'otp', $4, $5, hub_clock(), hub_clock(),"
        " hub_clock() + interval '1 day')",
        rows,
    )
