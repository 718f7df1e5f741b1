"""Once a number is bound, a facility only proposes: who is told, and who takes it back."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient

from backend.auth.phones.binding import end_bindings
from backend.auth.phones.phones import phones_of
from backend.auth.phones.rules import PhoneState
from backend.core.database import transaction
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    NEW,
    OLD,
    OTHER,
    MyPhones,
    code_comes,
    contact,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    takes_pushes,
    the_worker_runs,
)
from tests.harness.auth.stating import CHANGED, binds, facility_of, goes_to, numbers, states, told
from tests.harness.intake.hospital import a_hospital

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def test_once_a_number_is_bound_another_is_a_proposal_and_nothing_goes_there(
    database: Database, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)

    await states(lan, here, NEW)

    assert await numbers(lan) == ["in_use", "proposed"]
    assert await goes_to(database, lan) == [0]
    assert await told(database, lan) == ["phone.proposed"]
    task = await database.owner.fetchrow("SELECT kind, patient, facility, subject FROM desk_task")
    assert tuple(task) == ("phone_proposed", lan, here, await contact(lan))


async def test_a_chart_has_one_open_proposal_and_the_bound_number_hears_once_a_day(
    database: Database, time_moves: Travel, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)

    for n in range(25):
        await states(lan, here, f"+8493333{n:04}")
    first = await told(database, lan)
    async with time_moves(DAY + HOUR):
        await states(lan, here, OTHER)

    assert first == ["phone.proposed"]
    assert await told(database, lan) == ["phone.proposed"] * 2
    assert (await numbers(lan)).count("proposed") == 1
    tasks = await database.owner.fetch("SELECT outcome FROM desk_task ORDER BY id")
    assert [row["outcome"] for row in tasks] == ["superseded"] * 25 + [""]


async def test_a_bound_number_that_was_replaced_is_only_proposed_when_it_is_stated_again(
    database: Database, time_moves: Travel, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)
    await states(lan, here, NEW)
    await binds(lan)
    async with time_moves(DAY + HOUR):
        assert await numbers(lan) == ["replaced", "in_use"]

        await states(lan, here, OLD)

        assert await numbers(lan) == ["proposed", "in_use"]
        assert await goes_to(database, lan) == [1]


async def test_one_of_two_numbers_in_turns_is_bound_and_its_owner_is_asked_once(
    database: Database, time_moves: Travel, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)
    for day in range(1, 60):
        async with time_moves(day * DAY):
            await states(lan, here, (OLD, NEW)[day % 2])

    assert await numbers(lan) == ["in_use", "proposed"]
    assert await told(database, lan) == ["phone.proposed"]


async def test_bindings_end_and_the_number_stated_last_is_in_use_again(
    database: Database, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    await binds(lan)
    await states(lan, here, NEW)

    async with transaction():
        await end_bindings(lan)

    assert await goes_to(database, lan) == [1]
    assert not any(phone.bound for phone in await phones_of(lan))
    await states(lan, here, OTHER)
    assert await goes_to(database, lan) == [2]


async def test_a_bound_number_stays_bound_when_all_sessions_end(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await signs_in(client, database, LAN)
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")
    await database.owner.execute("UPDATE session_chart SET ended_at = hub_clock()")

    await registers(hospital, LAN, mobile=NEW)

    lan = await patient_of(database, LAN)
    assert await numbers(lan) == ["in_use", "proposed"]
    assert await goes_to(database, lan) == [0]


async def test_a_wrong_number_takes_no_codes_and_still_hears_of_what_is_done_to_its_chart(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await signs_in(client, database, LAN)
    lan = await patient_of(database, LAN)
    await database.owner.execute(
        "UPDATE contact_point SET wrong_since = hub_clock(), confirmed_at = NULL"
    )

    at_desk = MyPhones(client, await signs_in_at_the_desk(lan))
    await at_desk.proves(database, NEW)
    arrived = await the_worker_runs(database)

    assert CHANGED in " ".join(arrived.at(OLD))


async def test_a_session_older_than_a_bound_number_takes_it_back_within_seven_days(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    older = MyPhones(client, await signs_in(client, database, LAN))
    lan = await patient_of(database, LAN)
    async with time_moves(HOUR):
        await MyPhones(client, await signs_in_at_the_desk(lan)).proves(database, NEW)
    async with time_moves(2 * HOUR):
        newer = MyPhones(client, await signs_in_at_the_desk(lan))
    async with time_moves(6 * DAY):
        _, arrived = await code_comes(client, database, LAN)
        later = await older.later()
        bound = await later.id_of("in_use")
        too_new = await (await newer.later()).decline(bound)
        await database.owner.execute(
            "UPDATE session_chart SET contact = $2 WHERE proof = 'slip' AND chart = $1",
            lan, UUID(bound),
        )  # fmt: skip
        taken_back = await later.decline(bound)

        assert too_new.json()["code"] == "phone_settled"
        assert taken_back.json()["state"] == "declined"
        assert await numbers(lan) == ["in_use", "declined"]
    ended = await database.owner.fetchrow(
        "SELECT ended_why FROM session_chart WHERE proof = 'slip'"
    )
    assert ended["ended_why"] == "number_taken_back"
    assert arrived.code_at(NEW)


async def test_after_seven_days_nobody_takes_a_number_back(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await mine.proves(database, NEW)
    async with time_moves(8 * DAY):
        later = await mine.later()
        refused = await later.decline(await later.id_of("in_use"))

    assert (refused.status_code, refused.json()["code"]) == (409, "phone_settled")


async def test_a_new_number_is_told_at_once_and_when_it_takes_effect_to_those_of_before(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    push = await takes_pushes(client, mine.tokens)
    await mine.proves(database, NEW)

    rounds = [await the_worker_runs(database)]
    for after in (23 * HOUR, DAY + MINUTE, 2 * DAY, 9 * DAY):
        async with time_moves(after):
            rounds.append(await the_worker_runs(database))

    assert [each.addresses() for each in rounds] == [{OLD, push}, set(), {OLD, push}, set(), set()]


async def test_a_change_that_was_refused_is_not_told_again(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await takes_pushes(client, mine.tokens)
    await mine.proves(database, NEW)
    await the_worker_runs(database)

    await mine.decline(await mine.id_of("waiting"))

    async with time_moves(DAY + MINUTE):
        assert (await the_worker_runs(database)).messages == []


async def test_who_reads_a_warning_in_an_app_does_not_stop_its_texts(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    await mine.proves(database, NEW)
    await database.owner.execute("UPDATE notification SET read_at = hub_clock()")

    now = await the_worker_runs(database)
    async with time_moves(DAY + MINUTE):
        then = await the_worker_runs(database)

    assert now.addresses() == then.addresses() == {OLD}


async def test_a_phone_that_reads_a_warning_stops_no_second_push_to_the_others(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    push = await takes_pushes(client, mine.tokens)
    await mine.proves(database, NEW)
    await the_worker_runs(database)
    told = (await client.get("/v1/me/notifications", headers=mine.tokens.bearer)).json()["items"]
    for each in told:
        path = f"/v1/me/notifications/{each['id']}/read"
        assert (await client.post(path, headers=mine.tokens.bearer)).status_code == 204

    async with time_moves(DAY + MINUTE):
        assert (await the_worker_runs(database)).addresses() == {OLD, push}


async def test_a_patient_types_one_number_after_the_other_and_one_is_open(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    mine = MyPhones(client, await signs_in(client, database, LAN))
    first = await mine.propose(NEW)
    async with time_moves(2 * MINUTE):
        await mine.propose(OTHER)
        code = (await the_worker_runs(database)).code_at(OTHER)
        assert code
        gone = await mine.accept(first, "000000")

    assert gone.json()["code"] == "wrong_phone_code"
    assert await mine.all() == {"+8490*****67": "in_use", "+8494*****44": "proposed"}
    await registers(hospital, LAN, mobile=NEW)
    assert PhoneState.PROPOSED in {
        phone.state for phone in await phones_of(await patient_of(database, LAN)) if phone.stated
    }
