"""What is stored moves to a new key while everybody works, and then the old key ends."""

import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.identity.blind_index import charts_having
from backend.auth.registration.cancelled_identifiers import cancel
from backend.auth.registration.patients import charts_of_citizen, register
from backend.core.audit import Act
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import current_key, keys
from backend.core.crypto.sealing import lookup_hash, seal_mark, unseal
from backend.core.database import execute, transaction
from backend.core.redis import redis
from backend.key_rotation.backfill import NOBODY, back_fill, move_batch
from backend.key_rotation.retirement import KeyStillNeeded, retire
from backend.key_rotation.ring_changes import rotate
from backend.key_rotation.sealed_columns import SEALED_COLUMNS
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.auth.steps import (
    LAN,
    TU,
    a_person,
    ask,
    citizen,
    hospital_number,
    hospital_says,
    show,
    sign_in,
)
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_device, a_facility
from tests.harness.notifications.texting import afar, told, work
from tests.harness.support.makers import an_agent
from tests.key_rotation.conftest import Owner

NOW = timedelta(0)
A_MONTH = timedelta(days=31)
NUMBERS, PHONES = SEALED_COLUMNS[0], SEALED_COLUMNS[1]


async def everybody(database: Database) -> tuple[UUID, UUID, UUID]:
    """Two people, one phone for pushes, one member of staff: something in every place."""
    hospital = await a_facility(database)
    lan = await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), hospital)
    tu = await hospital_says(a_person(citizen(TU), mobile="0966 666 666"), hospital)
    await a_device(database, lan.patient)
    await an_agent()
    return hospital, lan.patient, tu.patient


async def lookups(database: Database) -> dict[str, int]:
    rows = await database.owner.fetch("SELECT key_id, count(*) AS n FROM patient_lookup GROUP BY 1")
    return {row["key_id"]: row["n"] for row in rows}


async def sealed_by_others(database: Database) -> dict[str, int]:
    mark = seal_mark(current_key())
    counted = {
        place.name: await database.owner.fetchval(
            f"SELECT count(*) FROM {place.table} WHERE {place.column} IS NOT NULL"
            f" AND substring({place.column} FROM 1 FOR {len(mark)}) <> $1",
            mark,
        )
        for place in SEALED_COLUMNS
    }
    return {name: n for name, n in counted.items() if n}


async def move(as_owner: Owner) -> dict[str, int]:
    done = await as_owner(back_fill(lambda _: None))
    assert [each for each in done if each.left] == []
    return {each.sealed_column: each.moved for each in done if each.moved}


async def test_everything_moves_and_everybody_is_found_as_before(
    database: Database, client: AsyncClient, as_owner: Owner
) -> None:
    _, lan, tu = await everybody(database)
    old = current_key()
    new = await as_owner(rotate("data", NOW))

    moved = await move(as_owner)

    assert moved == {
        "patient_identifier.value": 5, "contact_point.number": 2, "device.push_token": 1,
        "patient.name": 2, "patient.birth_date": 2, "staff.totp_secret": 1,
    }  # fmt: skip
    assert await sealed_by_others(database) == {}
    assert await lookups(database) == {old.name: 8, new.name: 8}
    assert await charts_of_citizen(LAN) == [lan]
    assert await charts_having([("phone", "+84966666666")]) == [tu]
    phone = await database.owner.fetchrow("SELECT id, push_token, push_token_hash FROM device")
    token = unseal(phone["push_token"], table="device", column="push_token", row=phone["id"])
    assert phone["push_token_hash"] == lookup_hash("push-token", token)
    await sign_in(client, database)
    assert await move(as_owner) == {}


async def test_a_back_fill_that_was_stopped_carries_on(database: Database, as_owner: Owner) -> None:
    await everybody(database)
    await as_owner(rotate("data", NOW))

    moved, after = await as_owner(move_batch(NUMBERS, NOBODY, 1))

    assert (moved, after is not None) == (1, True)
    assert (await move(as_owner))["patient_identifier.value"] == 4
    assert await sealed_by_others(database) == {}


async def test_a_back_fill_never_waits_for_a_registration(
    database: Database, as_owner: Owner
) -> None:
    hospital, lan, _ = await everybody(database)
    await as_owner(rotate("data", NOW))

    async with transaction(), asyncio.timeout(5):
        await execute("SELECT open_intake($1)", hospital)
        await register(a_person(), hospital)
        moving = asyncio.create_task(as_owner(move_batch(NUMBERS, NOBODY, 10)), context=Context())
        moved, _ = await moving
        assert moved == 4, "her citizen id is being written, so it comes later"
    assert (await move(as_owner))["patient_identifier.value"] == 1
    assert await charts_of_citizen(LAN) == [lan]
    assert (await hospital_says(a_person(), hospital)).patient == lan


async def test_a_back_fill_does_not_bring_a_cancelled_number_back(
    database: Database, as_owner: Owner
) -> None:
    _, lan, _ = await everybody(database)
    await cancel(lan, citizen(LAN), Act(actor_kind="staff", action="number.cancelled"))
    await as_owner(rotate("data", NOW))

    await move(as_owner)

    assert await sealed_by_others(database) == {}
    assert await charts_of_citizen(LAN) == []


async def test_wrong_codes_for_an_id_and_a_number_go_on_counting(
    database: Database, as_owner: Owner
) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN), mobile=HERS), facility)
    await hospital_says(a_person(citizen(TU), mobile=HIS), facility)
    for number, phone, times in ((LAN, HERS, 7), (TU, HIS, 2)):
        await counted(database, number, phone, times)
    await as_owner(rotate("data", NOW))
    await counted(database, TU, HIS, 5)

    await move(as_owner)

    rows = await database.owner.fetch(
        "SELECT subject_hash, number_hash, cardinality(wrong_at) AS times FROM sign_in_pair"
    )
    assert {(row["subject_hash"], row["number_hash"]): row["times"] for row in rows} == {
        (lookup_hash("citizen-id", LAN), lookup_hash("phone", HERS)): 7,
        (lookup_hash("citizen-id", TU), lookup_hash("phone", HIS)): 7,
    }


async def test_wrong_codes_that_add_up_to_the_last_one_close_the_pair(
    database: Database, as_owner: Owner
) -> None:
    await hospital_says(a_person(citizen(LAN), mobile=HERS), await a_facility(database))
    await counted(database, LAN, HERS, 12)
    await as_owner(rotate("data", NOW))
    await counted(database, LAN, HERS, 8)

    await move(as_owner)

    assert await database.owner.fetchval(
        "SELECT cardinality(wrong_at) = 20 AND closed_until <= hub_clock() FROM sign_in_pair"
    )


HERS, HIS = "+84912345678", "+84977777777"


async def counted(database: Database, number: str, phone: str, times: int) -> None:
    await database.owner.execute(
        "INSERT INTO sign_in_pair (subject_hash, number_hash, wrong_at)"
        " VALUES ($1, $2, array_fill(hub_clock(), ARRAY[$3::int]))",
        lookup_hash("citizen-id", number), lookup_hash("phone", phone), times,
    )  # fmt: skip


async def test_a_key_ends_only_when_nothing_needs_it(
    database: Database, as_owner: Owner, time_moves: Travel
) -> None:
    hospital, lan, _ = await everybody(database)
    old = current_key()
    new = await as_owner(rotate("data", NOW))

    async with time_moves(A_MONTH):
        with pytest.raises(KeyStillNeeded):
            await as_owner(retire())
    await move(as_owner)
    with pytest.raises(KeyStillNeeded):
        await as_owner(retire())
    async with time_moves(A_MONTH):
        gone = await as_owner(retire())

        assert (gone.keys, gone.lookups) == ((old.name,), 8)
        assert (set(keys()), await lookups(database)) == ({new.name}, {new.name: 8})
        assert await charts_of_citizen(LAN) == [lan]
        assert (await hospital_says(a_person(), hospital)).patient == lan
        assert not await database.owner.fetchval(
            "SELECT secret FROM hub_key WHERE name = $1", old.name
        )
        assert (await as_owner(retire())).lookups == 0


async def test_a_seal_that_nobody_can_open_keeps_its_key(
    database: Database, as_owner: Owner, time_moves: Travel
) -> None:
    await everybody(database)
    await database.owner.execute("UPDATE patient SET name = name || '\\x00'")
    await as_owner(rotate("data", NOW))

    done = await as_owner(back_fill(lambda _: None))

    assert {each.sealed_column: each.left for each in done if each.left} == {"patient.name": 2}
    async with time_moves(A_MONTH):
        with pytest.raises(KeyStillNeeded):
            await as_owner(retire())


async def test_a_new_key_forgives_no_wrong_code(
    client: AsyncClient, database: Database, as_owner: Owner
) -> None:
    await hospital_says(a_person(citizen(LAN)), await a_facility(database))

    await five_wrong_codes(client, LAN)
    await as_owner(rotate("data", NOW))
    await load_ring()
    await redis().flushall()  # the minute between two codes is counted there
    await five_wrong_codes(client, LAN)

    rows = await database.owner.fetch("SELECT cardinality(wrong_at) AS n FROM sign_in_pair")
    assert [row["n"] for row in rows] == [10]


async def five_wrong_codes(client: AsyncClient, number: str) -> None:
    challenge = await ask(client, number)
    for _ in range(5):
        await show(client, challenge, "000000")


async def test_a_new_key_makes_no_number_a_new_one(database: Database, as_owner: Owner) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 3")
    phones = [afar(n) for n in range(3)]
    await told(database, facility, phones, Kind.QUEUE_CALLED)
    await work(database)
    await as_owner(rotate("data", NOW))
    await load_ring()
    during = len((await told_again(database, facility)).sent)
    await as_owner(move_batch(PHONES, NOBODY, 100))
    after = len((await told_again(database, facility)).sent)

    kept = await database.owner.fetch("SELECT number_hash FROM reached_number")
    assert (during, after) == (3, 3)
    assert {row["number_hash"] for row in kept} >= {lookup_hash("phone", each) for each in phones}


async def told_again(database: Database, facility: UUID) -> FakeProvider:
    """Text everybody of this facility once more."""
    await database.owner.execute(
        "INSERT INTO notification (patient, facility, kind, subject, urgency, lane, expires_at)"
        " SELECT patient, $1, 'queue.called', uuidv7(), 'at_once', 1, hub_clock() + interval '1h'"
        " FROM contact_point",
        facility,
    )
    await database.owner.execute(
        "INSERT INTO delivery (notification, patient, channel, contact, lane, due_at)"
        " SELECT n.id, n.patient, 'sms', c.id, 1, hub_clock() FROM notification n"
        " JOIN contact_point c ON c.patient = n.patient"
        " WHERE NOT EXISTS (SELECT FROM delivery d WHERE d.notification = n.id)"
    )
    return await work(database)
