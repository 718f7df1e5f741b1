"""While nothing is bound, the word of a facility is enough: which number is used, who hears."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.phones.binding import note_not_theirs
from backend.auth.phones.phones import TAKES_CODES, trust_of_number
from backend.core.database import transaction
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import LAN, NEW, OLD, OTHER, contact, registers, the_worker_runs
from tests.harness.auth.stating import STATED, binds, facility_of, goes_to, states, told
from tests.harness.intake.hospital import a_hospital
from tests.harness.makers import a_facility, a_patient

DAY = timedelta(days=1)


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
