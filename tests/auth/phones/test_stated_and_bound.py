"""A facility states numbers, a person binds one: what each word does, and to which chart."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.phones.binding import bind, end_bindings, note_not_theirs
from backend.auth.phones.contact_points import keep_own
from backend.auth.phones.phones import IN_USE, TAKES_CODES, phones_of, trust_of_number
from backend.auth.phones.rules import PhoneState
from backend.core.database import execute, transaction
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
    contact,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    takes_pushes,
    the_worker_runs,
)
from tests.harness.auth.steps import ask
from tests.harness.intake.hospital import a_hospital
from tests.harness.makers import a_facility, a_patient

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STATED = "Benh vien ghi so dien thoai khac"
PROPOSED = "Co de nghi doi so dien thoai"
CHANGED = "So dien thoai cua ban doi tu"


async def states(chart: UUID, facility: UUID, number: str) -> bool:
    """The facility states the number, as intake takes it in."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return await keep_own(chart, facility, number)


async def binds(chart: UUID, n: int = -1, by: str = "patient") -> None:
    async with transaction():
        await bind(chart, await contact(chart, n), by)


async def numbers(chart: UUID) -> list[str]:
    return [phone.state.value for phone in await phones_of(chart)]


async def goes_to(database: Database, chart: UUID, which: str = IN_USE) -> list[int]:
    """Give which of a chart's numbers, by the order in which they came, texts (or codes) reach."""
    rows = await database.owner.fetch(
        f"SELECT {which} AS yes FROM contact_point c WHERE patient = $1 ORDER BY id", chart
    )
    return [n for n, row in enumerate(rows) if row["yes"]]


async def told(database: Database, chart: UUID) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT kind FROM notification WHERE patient = $1 AND kind LIKE 'phone.%' ORDER BY id",
        chart,
    )
    return [row["kind"] for row in rows]


@pytest.fixture
async def lan(database: Database) -> UUID:
    """A chart of a facility that states no number yet."""
    return (await a_patient(database, phone=None)).id


async def facility_of(database: Database, chart: UUID) -> UUID:
    found: UUID = await database.owner.fetchval("SELECT facility FROM patient WHERE id = $1", chart)
    return found


async def test_while_nothing_is_bound_the_number_stated_last_is_in_use(
    database: Database, lan: UUID
) -> None:
    here = await facility_of(database, lan)

    seen = []
    for number in (OLD, NEW, OLD, OLD, OTHER):
        changed = await states(lan, here, number)
        seen.append((changed, await goes_to(database, lan)))

    assert seen == [(True, [0]), (True, [1]), (True, [0]), (False, [0]), (True, [2])]


async def test_what_another_facility_states_or_binds_changes_no_chart_here(
    client: AsyncClient, database: Database, lan: UUID
) -> None:
    here, elsewhere = await facility_of(database, lan), await a_facility(database)
    await states(lan, here, OLD)
    other = (await a_patient(database, elsewhere, phone=None)).id
    await states(other, elsewhere, OLD)
    before = await database.owner.fetch("SELECT * FROM contact_point WHERE patient = $1", lan)

    await binds(other)
    await states(other, elsewhere, NEW)
    async with transaction():
        await note_not_theirs(other, await contact(other, 0))

    assert before == await database.owner.fetch(
        "SELECT * FROM contact_point WHERE patient = $1", lan
    )
    assert await goes_to(database, other, TAKES_CODES) == [1]
    assert await goes_to(database, lan, TAKES_CODES) == [0]
    await states(lan, here, NEW)
    assert await goes_to(database, lan, TAKES_CODES) == [1]


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


async def test_two_systems_that_state_two_numbers_in_turns_send_no_storm_of_warnings(
    database: Database, time_moves: Travel, lan: UUID
) -> None:
    here = await facility_of(database, lan)
    levels = []
    for week in range(40):
        async with time_moves(week * 7 * DAY):
            await states(lan, here, (OLD, NEW)[week % 2])
            trust = await trust_of_number(lan)
            assert trust is not None
            levels.append(trust.changed)

    assert await told(database, lan) == ["phone.stated"]
    # the second number is new for 30 days, whichever of the two is said meanwhile; then neither is
    assert levels == [False, True, False, True, False, True] + [False] * 34


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


@pytest.mark.parametrize(
    ("gone_for", "changed"), [(179 * DAY, False), (181 * DAY, True)], ids=["known", "forgotten"]
)
async def test_a_number_not_stated_for_180_days_is_changed_until_it_has_stood_for_30(
    database: Database, time_moves: Travel, lan: UUID, gone_for: timedelta, *, changed: bool
) -> None:
    here = await facility_of(database, lan)
    await states(lan, here, OLD)
    async with time_moves(40 * DAY):
        await states(lan, here, NEW)
    async with time_moves(40 * DAY + gone_for):
        await states(lan, here, OLD)
        at_once = await trust_of_number(lan)
    async with time_moves(40 * DAY + gone_for + 31 * DAY):
        later = await trust_of_number(lan)

    assert at_once is not None
    assert later is not None
    assert (at_once.changed, later.changed) == (changed, False)
    assert await told(database, lan) == ["phone.stated"] * (2 if changed else 1)


async def test_the_number_before_hears_of_a_stated_one_at_most_once_in_30_days(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)

    for n in range(25):
        await registers(hospital, LAN, mobile=f"+8493333{n:04}")
    arrived = await the_worker_runs(database)
    async with time_moves(31 * DAY):
        await registers(hospital, LAN, mobile=OTHER)
        later = await the_worker_runs(database)

    assert [number for number, text in arrived.messages if STATED in text] == [OLD]
    assert [number for number, text in later.messages if STATED in text] == ["+84933330024"]
    assert all(text.startswith("SO SUC KHOE: ") for _, text in arrived.messages)


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
    withheld = await database.owner.fetchval("SELECT withheld FROM sign_in_challenge")
    assert withheld == "needs_desk"

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
        challenge, arrived = await code_comes(client, database, LAN)
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
    assert challenge
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
