"""One number for several people, and numbers that are not theirs."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient

from backend.auth.phones.binding import note_not_theirs
from backend.auth.phones.phones import TAKES_CODES
from backend.core.database import transaction
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    CHILD,
    LAN,
    NEW,
    OLD,
    TU,
    MyPhones,
    code_comes,
    contact,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    the_worker_runs,
)
from tests.harness.auth.stating import binds, facility_of, goes_to, numbers, states, told
from tests.harness.auth.steps import ask
from tests.harness.intake.hospital import a_hospital
from tests.harness.makers import a_patient

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def test_a_number_of_another_person_gets_texts_and_codes_only_after_the_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, TU)
    tu, lan = await patient_of(database, TU), await patient_of(database, LAN)

    assert await goes_to(database, tu) == [0]
    assert await goes_to(database, tu, TAKES_CODES) == []
    assert await goes_to(database, lan, TAKES_CODES) == [0]
    await ask(client, TU.citizen_id)
    assert (await the_worker_runs(database)).messages == []

    await binds(tu, by="desk")
    async with time_moves(2 * MINUTE):
        _, arrived = await code_comes(client, database, TU)
    assert arrived.code_at(OLD, "012")


async def test_one_person_with_two_charts_at_a_hospital_has_one_phone(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    again = (await a_patient(database, hospital.facility, phone=None)).id
    await database.owner.execute(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT kind, key_id, hash, $2 FROM patient_lookup WHERE patient = $1"
        " AND kind = 'citizen-id'",
        lan, again,
    )  # fmt: skip

    await states(again, hospital.facility, OLD)

    assert await goes_to(database, again, TAKES_CODES) == [0]


async def test_a_mothers_bound_number_is_stated_for_her_baby_and_both_get_their_texts(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await signs_in(client, database, LAN)
    await registers(hospital, CHILD)
    child, mother = await patient_of(database, CHILD), await patient_of(database, LAN)

    assert await goes_to(database, child) == await goes_to(database, mother) == [0]
    assert await goes_to(database, child, TAKES_CODES) == []
    assert await told(database, mother) == []


async def test_a_number_that_is_not_theirs_stays_so_however_often_the_hospital_repeats_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    await binds(lan)

    async with transaction():
        await note_not_theirs(lan, await contact(lan))
    await registers(hospital, LAN)
    await registers(hospital, LAN, name="Trần Thị Lan Anh")

    assert await numbers(lan) == ["not_theirs"]
    assert await goes_to(database, lan) == []
    async with time_moves(2 * MINUTE):
        _, arrived = await code_comes(client, database, LAN)
        assert arrived.messages == []
    at_desk = MyPhones(client, await signs_in_at_the_desk(lan))
    asked = await at_desk.ask_for_code(await at_desk.id_of("not_theirs"))
    assert (asked.status_code, asked.json()["code"]) == (409, "number_needs_desk")
    assert (await at_desk.propose(OLD)).json()["code"] == "number_needs_desk"

    await registers(hospital, LAN, mobile=NEW)
    assert await goes_to(database, lan) == [1]
    await registers(hospital, LAN)
    assert await goes_to(database, lan) == [1]
    await binds(lan, 0, by="desk")
    async with time_moves(DAY + HOUR):
        assert await goes_to(database, lan) == [0]


async def test_a_waiting_number_that_is_not_theirs_leaves_the_one_before_in_use(
    database: Database, time_moves: Travel, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)
    await states(lan, here, NEW)
    await binds(lan)

    async with transaction():
        await note_not_theirs(lan, await contact(lan))

    async with time_moves(2 * DAY):
        assert await numbers(lan) == ["in_use", "not_theirs"]
        assert await goes_to(database, lan) == [0]
