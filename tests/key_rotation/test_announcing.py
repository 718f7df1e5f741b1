"""A new key is known everywhere before it is used, and an old one ends when nothing needs it."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import NotSignedIn
from backend.auth.registration.patients import register
from backend.core.crypto import key_ring
from backend.core.crypto.key_ring import hold_data_keys, load_ring
from backend.core.crypto.keys import (
    Ring,
    current_key,
    keys,
    make_master_key,
    signing_key,
    use_ring,
    verifying_key,
)
from backend.core.crypto.sealing import UnreadableSeal, lookup_hash, lookup_hashes, seal, unseal
from backend.core.database import execute, new_id, transaction
from backend.core.settings import load_key_settings
from backend.key_rotation.ring_changes import RotationUnderWay, reseal_ring, rotate
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.auth.steps import a_person, hospital_says, sign_in
from tests.harness.makers import a_facility
from tests.key_rotation.conftest import Owner

SOON = timedelta(seconds=5)
SESSION = new_id()


def present_ring() -> Ring:
    """What this process knows now: to be a process that has not heard of what comes next."""
    from backend.core.crypto.keys import _held  # noqa: PLC0415  # a test may look inside

    assert _held.ring
    return _held.ring


async def test_nothing_is_made_with_a_data_key_before_its_time(
    database: Database, as_owner: Owner, time_moves: Travel
) -> None:
    row, old = new_id(), current_key()
    sealed = seal("Lan", table="patient", column="name", row=row)

    made = await as_owner(rotate("data", SOON))

    assert (current_key(), set(keys())) == (old, {old.name, made.name})
    assert [name for name, _ in lookup_hashes("phone", "1")] == [old.name, made.name]
    async with time_moves(SOON):
        assert current_key().name == made.name
        assert [name for name, _ in lookup_hashes("phone", "1")] == [made.name, old.name]
        assert unseal(sealed, table="patient", column="name", row=row) == "Lan"
        again = seal("Lan", table="patient", column="name", row=row)
        assert unseal(again, table="patient", column="name", row=row) == "Lan"
        assert lookup_hash("phone", "1") != lookup_hash("phone", "1", old)


async def test_a_token_of_the_key_before_is_good_until_it_runs_out_by_itself(
    database: Database, as_owner: Owner, time_moves: Travel
) -> None:
    old = signing_key().name
    made = await as_owner(rotate("signing", SOON))

    async with time_moves(timedelta(seconds=4)):
        last = access_tokens.issue(SESSION)
        assert signing_key().name == old
        async with time_moves(timedelta(seconds=598)):
            assert signing_key().name == made.name
            assert access_tokens.verify(last).key == old
    async with time_moves(timedelta(seconds=5 + 600 + 61)):
        assert verifying_key(old) is None
        assert verifying_key(made.name) is not None


async def test_a_key_that_was_ended_takes_its_tokens_with_it_also_from_memory(
    database: Database, as_owner: Owner
) -> None:
    token, old = access_tokens.issue(SESSION), signing_key().name
    access_tokens.verify(token)
    await as_owner(rotate("signing", timedelta(0)))

    await database.owner.execute("UPDATE hub_key SET ends_at = hub_clock() WHERE name = $1", old)
    await load_ring()

    with pytest.raises(NotSignedIn):
        access_tokens.verify(token)
    assert access_tokens.verify(access_tokens.issue(SESSION)).session == SESSION


async def test_a_process_that_has_not_heard_of_a_key_looks_for_it_once_a_second(
    database: Database, client: AsyncClient, as_owner: Owner
) -> None:
    await hospital_says(a_person(), await a_facility(database))
    lan, before = await sign_in(client, database), present_ring()
    await as_owner(rotate("signing", timedelta(0)))
    session = access_tokens.verify(lan.access_token)
    token = access_tokens.issue(session.session)
    bearer = {"Authorization": f"Bearer {token}"}

    use_ring(before)
    key_ring._asked.at = float("-inf")
    assert (await client.get("/v1/me/devices", headers=bearer)).status_code == 200
    assert present_ring() != before
    use_ring(before)
    access_tokens._verified.tokens.clear()
    assert (await client.get("/v1/me/devices", headers=bearer)).status_code == 401


@pytest.mark.parametrize("purpose", ["data", "signing"])
async def test_a_rotation_is_finished_before_the_next_one_begins(
    database: Database, as_owner: Owner, purpose: str
) -> None:
    await as_owner(rotate(purpose, SOON))

    with pytest.raises(RotationUnderWay):
        await as_owner(rotate(purpose, SOON))


async def test_a_key_is_not_made_while_somebody_writes_what_people_are_found_by(
    database: Database, as_owner: Owner
) -> None:
    here = await a_facility(database)

    async with transaction():
        await execute("SELECT open_intake($1)", here)
        first = await register(a_person(), here)
        rotating = asyncio.create_task(as_owner(rotate("data", SOON)), context=Context())
        _, pending = await asyncio.wait([rotating], timeout=0.8)
        assert pending, "the registration has not ended"
    await rotating
    second = await hospital_says(a_person(), here)

    assert second.patient == first.patient
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 1


async def test_a_writer_that_missed_the_announcement_writes_under_every_key_all_the_same(
    database: Database, as_owner: Owner
) -> None:
    before = present_ring()
    made = await as_owner(rotate("data", SOON))

    use_ring(before)
    lan = await hospital_says(a_person(), await a_facility(database))

    found = await database.owner.fetch(
        "SELECT key_id, count(*) AS n FROM patient_lookup WHERE patient = $1 GROUP BY 1",
        lan.patient,
    )
    assert {row["key_id"]: row["n"] for row in found} == {current_key().name: 3, made.name: 3}


async def test_a_key_that_does_not_open_takes_no_other_from_a_process_that_runs(
    database: Database, as_owner: Owner
) -> None:
    held, tokens = current_key(), signing_key()
    damaged = await database.owner.fetchval(
        "UPDATE hub_key SET secret = secret || '\\x00' WHERE name = $1 RETURNING id", held.name
    )
    await database.owner.execute(
        "INSERT INTO hub_key (name, purpose, secret, current_from)"
        " VALUES ('signing9', 'signing', 'x', hub_clock() - interval '1 hour')"
    )

    unread = await load_ring()

    assert damaged in unread
    assert len(unread) == 2
    assert (current_key(), signing_key()) == (held, tokens)


async def test_a_process_that_starts_without_a_data_key_does_not_start(
    database: Database, as_owner: Owner
) -> None:
    await database.owner.execute("UPDATE hub_key SET secret = 'x' WHERE purpose = 'data'")
    use_ring(None)

    with pytest.raises(UnreadableSeal):
        await load_ring()


async def test_a_writer_writes_nothing_people_are_found_by_without_a_data_key(
    database: Database, as_owner: Owner
) -> None:
    """Else somebody found under that key alone would be registered a second time."""
    await database.owner.execute(
        "INSERT INTO hub_key (name, purpose, secret, current_from)"
        " VALUES ('data9', 'data', 'x', hub_clock())"
    )

    with pytest.raises(UnreadableSeal):
        async with transaction():
            await hold_data_keys()


async def test_a_key_that_no_master_key_opens_keeps_no_other_from_being_sealed_anew(
    database: Database, as_owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_key_settings().master_keys.get_secret_value()
    await database.owner.execute("UPDATE hub_key SET secret = 'x' WHERE purpose = 'signing'")
    monkeypatch.setenv("HUB_MASTER_KEYS", f"{make_master_key('second')},{before}")
    load_key_settings.cache_clear()

    try:
        assert await as_owner(reseal_ring()) == 2, "the data key and the naming key"
    finally:
        monkeypatch.undo()
        load_key_settings.cache_clear()

    assert await alarms(database) == ["rows.unreadable"]
