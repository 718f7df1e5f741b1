"""The owner of a chart, a thief with a facility's word, a stranger with an old number, twins."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient

from backend.auth.phones.phones import phones_of, trust_of_number
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    NEW,
    OLD,
    OTHER,
    MyPhones,
    code_comes,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    the_worker_runs,
)
from tests.harness.auth.stating import CHANGED, STATED, binds
from tests.harness.intake.hospital import a_hospital

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST_MOBILE, SECOND_MOBILE = NEW, OTHER
"""Two mobiles of a thief who has the hospital's key."""


async def states_of(chart: UUID) -> list[str]:
    return [phone.state.value for phone in await phones_of(chart)]


async def test_the_owner_hears_of_both_mobiles_that_a_thief_has_stated_and_of_the_binding(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    async with time_moves(31 * DAY):
        await registers(hospital, LAN, mobile=FIRST_MOBILE)
        first = await the_worker_runs(database)
        await registers(hospital, LAN, mobile=SECOND_MOBILE)
        trust = await trust_of_number(lan)
        thief = await signs_in(client, database, LAN, SECOND_MOBILE)
        bound = await the_worker_runs(database)

    assert [STATED in text for text in first.at(OLD)] == [True]
    assert trust is not None
    assert trust.changed
    assert thief.level == "otp-limited"
    assert CHANGED in " ".join(bound.at(OLD))


async def test_the_owner_who_comes_after_the_thief_has_the_chart_back_at_the_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    for mobile in (FIRST_MOBILE, SECOND_MOBILE):
        await registers(hospital, LAN, mobile=mobile)
    lan = await patient_of(database, LAN)
    await signs_in(client, database, LAN, SECOND_MOBILE)

    await registers(hospital, LAN, mobile=OLD)
    proposed = await states_of(lan)
    await binds(lan, by="desk")
    async with time_moves(DAY + HOUR):
        after = await states_of(lan)
        await the_worker_runs(database)
        _, arrived = await code_comes(client, database, LAN)

    assert proposed == ["replaced", "in_use", "proposed"]
    assert after == ["replaced", "replaced", "in_use"]
    assert arrived.code_at(OLD)
    assert {phone.bound for phone in await phones_of(lan)} == {True, False}


async def test_a_thief_who_comes_after_the_owner_gets_no_text_and_no_code(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await signs_in(client, database, LAN)

    for mobile in (FIRST_MOBILE, SECOND_MOBILE):
        await registers(hospital, LAN, mobile=mobile)
    arrived = await the_worker_runs(database)
    async with time_moves(40 * DAY):
        _, later = await code_comes(client, database, LAN)

    assert arrived.addresses() == later.addresses() == {OLD}


async def test_a_recycled_number_is_not_theirs_and_the_hospital_repeats_it_each_day(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    stranger = await signs_in(client, database, LAN)
    answer = await client.delete(f"/v1/me/charts/{lan}", headers=stranger.bearer)
    if answer.status_code == 403:  # it takes a step-up
        async with time_moves(2 * MINUTE):
            asked = await client.post("/v1/me/step-up/codes", headers=stranger.bearer)
            code = (await the_worker_runs(database)).code_at(OLD)
            await client.post(
                "/v1/me/step-up",
                headers=stranger.bearer,
                json={"challengeId": asked.json()["challengeId"], "code": code},
            )
            answer = await client.delete(f"/v1/me/charts/{lan}", headers=stranger.bearer)
    assert answer.status_code == 204, answer.text

    for day in range(1, 5):
        async with time_moves(day * DAY):
            await registers(hospital, LAN, name=f"Trần Thị Lan {day}")
            _, arrived = await code_comes(client, database, LAN)
            assert arrived.messages == []
    assert await states_of(lan) == ["not_theirs"]
    async with time_moves(6 * DAY):
        at_desk = MyPhones(client, await signs_in_at_the_desk(lan))
        assert (await at_desk.proves(database, NEW)).json()["state"] == "in_use"
