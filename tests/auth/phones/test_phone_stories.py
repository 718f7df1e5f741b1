"""Whose phone: clerks who mistype, mothers, thieves, strangers with an old number, families."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.phones.phones import phones_of
from backend.auth.phones.rules import PhoneState
from backend.sandbox.demo.story_bundles import visit
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    CHILD,
    LAN,
    NEW,
    OLD,
    OTHER,
    TU,
    MyPhones,
    code_comes,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    takes_pushes,
    the_worker_runs,
)
from tests.harness.auth.stating import binds
from tests.harness.auth.steps import ask, other_than, show
from tests.harness.intake.hospital import a_hospital, an_hour_ago

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def test_a_second_hospitals_clerk_types_another_number_and_nothing_changes_here(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await takes_pushes(client, mine.tokens)

    await registers(await a_hospital(database, client, "BV HAI"), LAN, mobile=NEW)

    assert (await the_worker_runs(database)).messages == []
    assert await mine.all() == {"+8490*****67": "in_use"}


async def test_a_mother_who_registers_her_child_keeps_her_sign_in(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    mother = await signs_in(client, database, LAN)

    await registers(hospital, CHILD)
    child = await patient_of(database, CHILD)

    assert (await the_worker_runs(database)).messages == []
    assert await MyPhones(client, mother).all() == {"+8490*****67": "in_use"}
    async with time_moves(2 * MINUTE):
        _, arrived = await code_comes(client, database, LAN)
        assert "...011" in arrived.at(OLD)[0]
        await binds(child, by="desk")
    assert [phone.state for phone in await phones_of(child)] == [PhoneState.IN_USE]
    assert await MyPhones(client, mother).all() == {"+8490*****67": "in_use"}


async def test_who_has_stolen_a_sim_sees_nothing_clinical_and_loses_it_to_the_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    push = await takes_pushes(client, await signs_in(client, database, LAN))
    await hospital.posts(visit(LAN, an_hour_ago()))
    await the_worker_runs(database)
    lan = await patient_of(database, LAN)

    async with time_moves(2 * MINUTE):
        thief = await signs_in(client, database, LAN)
        told = await the_worker_runs(database)
        seen = {
            path: (await client.get(f"/v1/{path}", headers=thief.bearer)).status_code
            for path in (
                "patients/me", "patients/me/results", "patients/me/medicines", "me/phones",
                "patients/me/appointments", "me/notifications",
            )
        }  # fmt: skip
        moved = await MyPhones(client, thief).propose(OTHER)

    assert thief.level == "otp-limited"
    assert push in told.addresses()
    assert list(seen.values()) == [403, 403, 403, 403, 200, 200]
    assert (moved.status_code, moved.json()["code"]) == (403, "stronger_sign_in_needed")

    async with time_moves(10 * MINUTE):
        await registers(hospital, LAN, mobile=NEW)
        await binds(lan, by="desk")
    async with time_moves(DAY + HOUR):
        await the_worker_runs(database)
        challenge, arrived = await code_comes(client, database, LAN)
        opened = await show(client, challenge, arrived.code_at(NEW))
        at_desk = await signs_in_at_the_desk(lan)
        read = await client.get("/v1/patients/me/results", headers=at_desk.bearer)

    assert arrived.addresses() == {NEW}
    assert opened.json()["level"] == "otp-limited"
    assert (read.status_code, len(read.json()["items"])) == (200, 1)


async def test_a_number_given_to_somebody_else_opens_little_until_it_is_proved_anew(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    await signs_in(client, database, LAN)
    lan = await patient_of(database, LAN)

    async with time_moves(181 * DAY):
        stranger = await signs_in(client, database, LAN)
        mine = MyPhones(client, await signs_in_at_the_desk(lan))
        idle = await mine.all()
    async with time_moves(181 * DAY + 2 * MINUTE):
        proved = await mine.proves(database, OLD)

    assert stranger.level == "otp-limited"
    assert idle == {"+8490*****67": "idle"}
    assert (proved.status_code, proved.json()["state"]) == (200, "in_use")


async def test_a_family_shares_a_phone_and_every_code_names_and_opens_one_chart(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, TU)
    tu = await patient_of(database, TU)
    _, before = await code_comes(client, database, TU)

    await binds(tu, by="desk")
    async with time_moves(2 * MINUTE):
        hers, his = await ask(client, LAN.citizen_id), await ask(client, TU.citizen_id)
        arrived = await the_worker_runs(database)  # his was confirmed: it counts for him alone
        her_code, his_code = arrived.code_at(OLD, "011"), arrived.code_at(OLD, "012")
        crossed = await show(client, hers, his_code)
        opened = [await show(client, hers, her_code), await show(client, his, his_code)]

    assert before.messages == []
    assert crossed.status_code == 401
    assert [each.json()["level"] for each in opened] == ["otp", "otp"]


async def test_a_declined_number_stays_declined_however_often_a_hospital_says_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await registers(hospital, LAN, mobile=NEW)
    proposed = await mine.id_of("proposed")
    asked = await mine.ask_for_code(proposed)
    code = (await the_worker_runs(database)).code_at(NEW)

    declined = await mine.decline(proposed)
    too_late = await mine.accept(asked, code)
    again = await mine.decline(proposed)
    await registers(hospital, LAN, mobile=NEW)

    assert declined.json()["state"] == "declined"
    assert [each.json()["code"] for each in (too_late, again)] == ["phone_settled"] * 2
    assert (await the_worker_runs(database)).messages == []
    assert await mine.all() == {"+8490*****67": "in_use"}
    task = await database.owner.fetchrow("SELECT outcome, done_at IS NOT NULL FROM desk_task")
    assert tuple(task) == ("declined", True)


@pytest.mark.parametrize("after", [23 * HOUR + 59 * MINUTE, 24 * HOUR + MINUTE])
async def test_for_a_day_codes_go_to_the_old_number_and_then_to_the_new_one(
    client: AsyncClient, database: Database, time_moves: Travel, after: timedelta
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    push = await takes_pushes(client, mine.tokens)

    accepted = await mine.proves(database, NEW)
    told = await the_worker_runs(database)
    async with time_moves(after):
        challenge, arrived = await code_comes(client, database, LAN)
        held = after < DAY
        opened = await show(client, challenge, arrived.code_at(OLD if held else NEW))

    assert (accepted.json()["number"], accepted.json()["state"]) == ("+8493*****33", "waiting")
    assert told.addresses() == {OLD, push}
    assert "So dien thoai cua ban doi tu" in told.at(OLD)[0]
    assert arrived.addresses() == ({OLD} if held else {OLD, NEW, push})
    assert len([text for text in arrived.at(OLD) if "doi tu" in text]) == (0 if held else 1)
    assert opened.json()["level"] == "otp-limited"


async def test_who_declines_a_waiting_change_keeps_the_number_for_good(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await mine.proves(database, NEW)

    async with time_moves(23 * HOUR):
        later = await mine.later()
        declined = await later.decline(await later.id_of("waiting"))
    async with time_moves(30 * HOUR):
        _, arrived = await code_comes(client, database, LAN)

    assert declined.json()["state"] == "declined"
    assert OLD in arrived.addresses()
    assert NEW not in arrived.addresses()


async def test_a_code_is_guessed_five_times_and_no_more(
    client: AsyncClient, database: Database
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    asked = await mine.propose(NEW)
    code = (await the_worker_runs(database)).code_at(NEW)

    guesses = [await mine.accept(asked, other_than(code)) for _ in range(5)]
    right = await mine.accept(asked, code)

    assert {each.json()["code"] for each in [*guesses, right]} == {"wrong_phone_code"}
    assert await mine.all() == {"+8490*****67": "in_use", "+8493*****33": "proposed"}
