"""What stands against a text: the caps of a chart, the prefix brake, the budget of first texts."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest

from backend.core.database import transaction
from backend.core.redis import redis
from backend.core.settings import load_settings
from backend.notifications.brakes.booking import book_due
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.makers import a_facility
from tests.harness.notifications.steps import a_due_code, a_due_text, status, until_ten
from tests.harness.notifications.texting import (
    afar,
    chart,
    claim_some,
    neighbour,
    statuses,
    told,
    work,
)


async def test_neighbouring_numbers_of_one_facility_trip_the_brake_before_fifty(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await told(database, facility, [neighbour(n) for n in range(100)], Kind.QUEUE_CALLED)

    sent = (await work(database)).sent

    assert len(sent) == load_settings().prefix_texts_per_hour < 50
    assert await alarms(database) == ["texts.prefix"]
    assert (await statuses(database))["held", "prefix_burst"] == 60


async def test_all_kinds_and_codes_count_for_the_brake_together(database: Database) -> None:
    facility = await a_facility(database)
    kinds = [Kind.QUEUE_CALLED, Kind.APPOINTMENT_BOOKED, Kind.PHONE_PROPOSED, Kind.RESULT_READY]
    for n in range(100):
        patient = await chart(database, facility, neighbour(n))
        if n % 5 == 4:
            await a_due_code(database, patient)
        else:
            await a_due_text(database, patient, kinds[n % 5])

    sent = (await work(database)).sent

    assert len(sent) == load_settings().prefix_texts_per_hour
    assert await alarms(database) == ["texts.prefix"]


async def test_invented_neighbours_of_one_facility_stop_nothing_of_another(
    database: Database,
) -> None:
    honest, other = await a_facility(database), await a_facility(database)
    await told(database, other, [neighbour(n) for n in range(60)])
    await work(database)
    text = (await told(database, honest, [neighbour(9000)]))[0]
    code = await a_due_code(database, await chart(database, honest, neighbour(9001)))

    await work(database)

    assert (await status(database, text), await status(database, code)) == (("sent", ""),) * 2


async def test_a_number_that_was_shown_or_reached_before_is_never_braked(
    database: Database,
) -> None:
    facility = await a_facility(database)
    seen = await chart(database, facility, neighbour(9000))
    await a_due_text(database, seen)
    await work(database)
    await told(database, facility, [neighbour(n) for n in range(60)])
    await work(database)
    shown = await chart(database, facility, neighbour(9001), bound=True)
    texts = [await a_due_text(database, each) for each in (seen, shown)]
    codes = [await a_due_code(database, each) for each in (seen, shown)]

    await work(database)

    assert {await status(database, each) for each in (*texts, *codes)} == {("sent", "")}


async def test_a_code_that_is_braked_is_not_kept_for_later(database: Database) -> None:
    facility = await a_facility(database)
    await told(database, facility, [neighbour(n) for n in range(40)])
    await work(database)

    code = await a_due_code(database, await chart(database, facility, neighbour(100)))
    await work(database)

    assert await status(database, code) == ("suppressed", "prefix_burst")


async def test_first_texts_beyond_the_budget_wait_with_an_alarm(database: Database) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 5")
    await told(database, facility, [afar(n) for n in range(8)])

    sent = (await work(database)).sent

    assert len(sent) == 5
    assert await statuses(database) == {("sent", ""): 5, ("held", "first_texts_spent"): 3}
    assert await alarms(database) == ["texts.first"]


async def test_the_budget_is_counted_by_facility_and_survives_redis(database: Database) -> None:
    facility, other = await a_facility(database), await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 5")
    await told(database, facility, [afar(n) for n in range(5)])
    await work(database)
    await redis().flushall()
    late = (await told(database, facility, [afar(50)]))[0]
    others = await told(database, other, [afar(n) for n in range(5)])

    await work(database)

    assert await status(database, late) == ("held", "first_texts_spent")
    assert {await status(database, each) for each in others} == {("sent", "")}


async def test_many_charts_with_one_number_are_one_first_text_and_have_a_cap(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await told(database, facility, [afar(1)] * 30)

    sent = (await work(database)).sent

    assert len(sent) == load_settings().number_texts_per_hour
    assert await database.owner.fetchval("SELECT count(*) FROM reached_number") == 1
    assert await alarms(database) == ["texts.capped"]


@pytest.mark.parametrize("kinds", [[Kind.RESULT_READY], [Kind.RESULT_READY, Kind.RECORD_UPDATED]])
async def test_one_chart_gets_six_an_hour_and_the_rest_when_there_is_room(
    database: Database, time_moves: Travel, kinds: list[Kind]
) -> None:
    async with time_moves(until_ten()):
        patient = await chart(database, await a_facility(database), afar(1))
        for n in range(8):
            await a_due_text(
                database, patient, kinds[n % len(kinds)], expires_in=timedelta(hours=72)
            )
        at_once = len((await work(database)).sent)
        held = await statuses(database)
        async with time_moves(timedelta(minutes=59)):
            before = len((await work(database)).sent)
        async with time_moves(timedelta(minutes=61)):
            after = len((await work(database)).sent)

    assert (at_once, before, after) == (6, 0, 2)
    assert held["held", "chart_texts_spent"] == 2


async def test_one_chart_gets_twenty_a_day(database: Database, time_moves: Travel) -> None:
    patient = await chart(database, await a_facility(database), afar(1))
    sent = 0
    for hour in range(6):
        async with time_moves(timedelta(hours=hour, minutes=hour)):
            for _ in range(6):
                await a_due_text(database, patient, Kind.QUEUE_CALLED)
            sent += len((await work(database)).sent)

    assert sent == load_settings().chart_texts_per_day == 20


async def test_a_call_to_the_counter_beyond_the_cap_is_dropped_and_says_why(
    database: Database,
) -> None:
    patient = await chart(database, await a_facility(database), afar(1))
    for _ in range(8):
        await a_due_text(database, patient, Kind.QUEUE_CALLED)

    await work(database)

    assert await statuses(database) == {("sent", ""): 6, ("suppressed", "chart_texts_spent"): 2}


async def test_a_facility_cannot_use_up_the_codes_and_warnings_of_a_chart(
    database: Database,
) -> None:
    patient = await chart(database, await a_facility(database), afar(1))
    for _ in range(30):
        await a_due_text(database, patient, Kind.QUEUE_CALLED)
    warning = await a_due_text(database, patient, Kind.NEW_DEVICE)
    code = await a_due_code(database, patient)

    await work(database)

    assert {await status(database, each) for each in (warning, code)} == {("sent", "")}


async def test_what_was_read_in_the_app_takes_nobodys_room(database: Database) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
    await told(database, facility, [afar(1)])
    await database.owner.execute("UPDATE notification SET read_at = hub_clock()")
    await work(database)

    (text,) = await told(database, facility, [afar(2)])
    await work(database)

    assert await status(database, text) == ("sent", "")


async def test_two_workers_do_not_spend_one_budget_twice(database: Database) -> None:
    facility, other = await a_facility(database), await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 5")
    await told(database, facility, [afar(n) for n in range(5)])
    async with database.as_worker(), transaction(), asyncio.timeout(5):
        await book_due()
        more = await told(database, facility, [afar(n) for n in range(20, 25)])
        others = await told(database, other, [afar(30)])
        await asyncio.create_task(book_due(), context=Context())
        meanwhile = await database.owner.fetch("SELECT id FROM booked_text")

    await work(database)

    assert [row["id"] for row in meanwhile] == others
    assert {await status(database, each) for each in more} == {("held", "first_texts_spent")}


async def test_a_number_whose_seal_does_not_open_stops_no_other(database: Database) -> None:
    facility = await a_facility(database)
    broken, sound = await told(database, facility, [afar(1), afar(2)])
    await database.owner.execute(
        "UPDATE contact_point c SET number = 'x' FROM delivery d WHERE d.contact = c.id"
        " AND d.id = $1",
        broken,
    )

    async with database.as_worker():
        await book_due()

    booked = await database.owner.fetch("SELECT id FROM booked_text")
    assert {row["id"] for row in booked} == {broken, sound}


async def test_texts_to_a_number_that_does_not_open_take_nobodys_room(database: Database) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
    broken = await told(database, facility, [afar(n) for n in range(30)])
    await database.owner.execute("UPDATE contact_point SET number = 'x', number_hash = 'one'")
    (sound,) = await told(database, facility, [afar(50)])
    await database.owner.execute("UPDATE contact_point SET number_hash = 'one'")

    await work(database)

    assert await status(database, sound) == ("sent", "")
    assert {await status(database, each) for each in broken} == {
        ("technical_failure", "address_unreadable")
    }


async def test_behind_a_facility_that_another_worker_counts_others_are_counted(
    database: Database,
) -> None:
    facility, other = await a_facility(database), await a_facility(database)
    patient = await chart(database, facility, afar(1))
    await told(database, facility, [afar(2)])
    async with database.as_worker(), transaction(), asyncio.timeout(10):
        await book_due()
        for _ in range(501):
            await a_due_text(database, patient)
        others = await told(database, other, [afar(3)])
        await asyncio.create_task(book_due(), context=Context())
        meanwhile = await database.owner.fetch("SELECT id FROM booked_text")

    assert [row["id"] for row in meanwhile] == others


async def test_a_text_that_waits_for_what_nobody_knows_ends_no_later_text(
    database: Database,
) -> None:
    facility = await a_facility(database)
    patient = await chart(database, facility, afar(1))
    waiting = await a_due_text(database, patient)
    await database.owner.execute(
        "WITH w AS (UPDATE delivery SET status = 'held', reason = 'a_newer_word' RETURNING *)"
        " INSERT INTO waiting_text"
        " (id, facility, contact, number_hash, prefix_hash, brake, lane, waits_since)"
        " SELECT w.id, $1, c.id, c.number_hash, '', 'a_newer_word', w.lane, hub_clock()"
        " FROM w JOIN contact_point c ON c.id = w.contact",
        facility,
    )
    later = await a_due_text(database, patient)

    async with database.as_worker():
        claimed = await claim_some()

    assert claimed == []
    assert await status(database, waiting) == ("held", "a_newer_word")
    assert await status(database, later) == ("held", "first_texts_spent")
