"""Loads patients with results and sessions by SQL, as many as a bench needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from backend.auth.sessions import refresh_tokens
from backend.bench.loaded.at_rest import LONGEST_STATEMENT, put_at_rest
from backend.bench.loaded.proofs import BenchDevice
from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import use_ring
from backend.core.crypto.sealing import secret_hash
from backend.core.database import new_id

RESULTS_EACH: Final = 20
REFRESH: Final = "/v1/sign-in/refresh"

PATIENTS: Final = """
ALTER TABLE result SET UNLOGGED;
INSERT INTO facility (id, code, name, short_name)
SELECT uuidv7(), (79990 + n)::text, 'Bệnh viện Đo', 'BV DO' FROM generate_series(1, 5) n;
INSERT INTO patient (id, name, facility)
SELECT uuidv7(), '', f.ids[1 + n % 5]
  FROM generate_series(1, current_setting('bench.patients')::integer) n,
       (SELECT array_agg(id) FROM facility) f (ids);
INSERT INTO device (id, platform) SELECT id, 'android' FROM patient;
INSERT INTO session (id, device, refresh_hash, created_at, used_at, expires_at)
SELECT id, id, uuid_send(id), hub_clock(), hub_clock(), hub_clock() + interval '1 day' FROM device;
INSERT INTO session_chart (id, session, chart, level, proof)
SELECT uuidv7(), id, id, 'otp', 'code' FROM patient;
"""
"""Everybody has a session, so that finding one of them costs what it costs among so many."""

RESULTS: Final = """
INSERT INTO result (id, facility, key, content_hash, patient, happened_at, visible_from, change_n,
                    received_event, status, body, header)
SELECT h.id, p.facility, format('%s-%s', p.id, $1::integer), '', p.id,
       date_trunc('second', clock_timestamp()) - $1::integer * interval '9 days', '-infinity',
       $1::integer, p.facility, 'final', '{}', format($2::text, h.id)
  FROM (SELECT * FROM patient ORDER BY md5(id::text) LIMIT $3) p,
       LATERAL (SELECT uuidv7() WHERE p.id IS NOT NULL) h (id)
"""
HEADER: Final = (
    '{"id":"%s","testName":"Tổng phân tích tế bào máu ngoại vi (bằng máy đếm laser)",'
    '"category":"laboratory","status":"final","issuedAt":"2026-11-01T08:00:00+07:00",'
    '"facility":"Bệnh viện Đo lường tỉnh","people":["BS. Trần Thị Lan","CN. Nguyễn Văn Tú"],'
    '"conclusion":"Các chỉ số trong giới hạn bình thường. Số lượng bạch cầu tăng nhẹ so với lần'
    ' xét nghiệm trước; đề nghị khám lại sau hai tuần nếu còn sốt.","orderComplete":true,'
    '"files":[{"title":"Phiếu kết quả","mediaType":"application/pdf","size":48211,"shown":true,'
    '"whyNot":null}]}'
)
"""What a list shows of a laboratory's report: 0.6 kB."""

DROP_INDEXES: Final = """
DO $$
DECLARE name text;
BEGIN
    CREATE TEMPORARY TABLE dropped_index AS
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
      FROM pg_index WHERE indrelid = 'result'::regclass AND NOT indisunique;
    FOR name IN SELECT d.name FROM dropped_index d LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
END $$
"""
MAKE_INDEXES: Final = """
DO $$
DECLARE made text;
BEGIN
    SET LOCAL maintenance_work_mem = '256MB';
    FOR made IN SELECT d.made FROM dropped_index d LOOP EXECUTE made; END LOOP;
END $$
"""
SAMPLE: Final = "SELECT id FROM patient ORDER BY md5(id::text) LIMIT $1"
"""Some of the patients, from anywhere among them."""


SignedRequest = tuple[str, dict[str, str], bytes]
"""Where a request goes, its headers and its body."""


@dataclass(slots=True)
class BenchPatient:
    """A patient with one session, bound to the key of the phone if that proves itself."""

    patient: UUID
    session: UUID
    refresh_token: str = field(repr=False)
    phone: BenchDevice | None
    access_token: str = field(default="", repr=False)


@asynccontextmanager
async def loading(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection of the tables' owner; what was stored through it is then at rest."""
    owner = await asyncpg.connect(owner_url)
    try:
        use_ring(ring_of(await owner.fetch(LIVE)))
        yield owner
        await put_at_rest(owner)
    finally:
        await owner.close()


async def load_patients(owner: asyncpg.Connection, patients: int) -> None:
    await owner.execute("SELECT set_config('bench.patients', $1::text, false)", str(patients))
    await owner.execute(PATIENTS, timeout=LONGEST_STATEMENT)


async def load_results(owner: asyncpg.Connection, patients: int | None = None) -> None:
    """Give every patient one result, then all a second one, so that a patient's rows lie apart.

    Indexes are made afterwards, as `pg_restore` does.

    Args:
        patients: only so many have results: those whom `sign_in` gives as many sessions.
    """
    await owner.execute(DROP_INDEXES)
    await owner.execute("SET session_replication_role = replica")  # what they refer to is there
    for n in range(RESULTS_EACH):
        await owner.execute(RESULTS, n, HEADER, patients, timeout=LONGEST_STATEMENT)
    await owner.execute("SET session_replication_role = origin")
    await owner.execute(MAKE_INDEXES, timeout=LONGEST_STATEMENT)


async def sign_in(
    owner: asyncpg.Connection, sessions: int, *, prove: bool, charts: int = 1
) -> list[BenchPatient]:
    """Give some patients one more session each, bound to a key of their phone or not.

    Each reaches its own chart and, where it is to reach more, the next ones of the sample.
    """
    found = await owner.fetch(SAMPLE, sessions)
    people = [
        _person(row["id"], BenchDevice() if prove else None)
        for row in islice(cycle(found), sessions)
    ]
    devices = [(new_id(),) for _ in people]
    await owner.executemany("INSERT INTO device (id, platform) VALUES ($1, 'android')", devices)
    rows = [
        (person.session, device, person.phone.thumbprint if person.phone else "",
         secret_hash(person.refresh_token))
        for person, (device,) in zip(people, devices, strict=True)
    ]  # fmt: skip
    await owner.executemany(
        "INSERT INTO session (id, device, key_thumbprint, refresh_hash, created_at, used_at,"
        " expires_at) VALUES ($1, $2, $3, $4, hub_clock(), hub_clock(),"
        " hub_clock() + interval '1 day')",
        rows,
    )
    ids = [row["id"] for row in islice(cycle(found), len(people) + charts - 1)]
    await owner.executemany(
        "INSERT INTO session_chart (id, session, chart, level, proof)"
        " VALUES ($1, $2, $3, 'otp', 'code')",
        [
            (new_id(), person.session, chart)
            for place, person in enumerate(people)
            for chart in ids[place : place + charts]
        ],
    )
    return people


def _person(patient: UUID, phone: BenchDevice | None) -> BenchPatient:
    session = new_id()
    return BenchPatient(patient, session, refresh_tokens.make_token(session, 0), phone)


def renewal(api: str, person: BenchPatient) -> SignedRequest:
    """Write the request for the next tokens, with a proof of the phone's key if it has one."""
    address = api + REFRESH
    proof = {"DPoP": person.phone.proof("POST", address)} if person.phone else {}
    headers = {"Content-Type": "application/json", **proof}
    return address, headers, msgspec.json.encode({"refreshToken": person.refresh_token})
