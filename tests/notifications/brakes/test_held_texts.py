"""What waits leaves in order: when there is room, or when support lets it go; or it expires."""

from datetime import timedelta

from backend.auth.facilities.suspension import let_go
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.makers import a_facility
from tests.harness.notifications.steps import history, status, until_ten
from tests.harness.notifications.texting import afar, neighbour, statuses, told, work
from tests.harness.reasons import opened

DAYS = timedelta(days=3)


async def last_for_days(database: Database) -> None:
    await database.owner.execute("UPDATE notification SET expires_at = hub_clock() + $1", DAYS)


async def test_what_waits_leaves_in_order_as_the_window_has_room(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten()):
        facility = await a_facility(database)
        await database.owner.execute("UPDATE facility SET first_texts_per_hour = 3")
        texts = await told(database, facility, [afar(n) for n in range(8)])
        await last_for_days(database)
        sent = [len((await work(database)).sent)]
        in_time = [[each for each in texts if await status(database, each) == ("sent", "")]]
        for hour in (1, 2, 3):
            async with time_moves(timedelta(hours=hour, minutes=hour)):
                sent.append(len((await work(database)).sent))
                in_time.append(
                    [each for each in texts if await status(database, each) == ("sent", "")]
                )

    assert sent == [3, 3, 2, 0]
    assert in_time == [texts[:3], texts[:6], texts, texts]
    assert await database.owner.fetchval("SELECT count(*) FROM waiting_text") == 0
    assert [code for _, code in await history(database, texts[7])] == ["held", "planned", "sent"]


async def test_a_new_text_does_not_overtake_one_that_waits(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten()):
        facility = await a_facility(database)
        await database.owner.execute("UPDATE facility SET first_texts_per_hour = 2")
        texts = await told(database, facility, [afar(n) for n in range(4)])
        await last_for_days(database)
        await work(database)
        async with time_moves(timedelta(minutes=61)):
            late = await told(database, facility, [afar(50)])
            await work(database)

    assert {await status(database, each) for each in texts} == {("sent", "")}
    assert await status(database, late[0]) == ("held", "first_texts_spent")


async def test_support_lets_go_what_waits_and_nothing_that_comes_later(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 2")
    await told(database, facility, [afar(n) for n in range(6)], Kind.QUEUE_CALLED)
    await work(database)

    await let_go(facility, "a day of vaccinations")
    released = len((await work(database)).sent)
    await told(database, facility, [afar(50)], Kind.QUEUE_CALLED)
    later = len((await work(database)).sent)

    assert (released, later) == (4, 0)
    row = await database.owner.fetchrow(
        "SELECT subject, why, why_digest FROM audit_event WHERE action = 'facility.texts_let_go'"
    )
    assert opened(row) == (facility, "a day of vaccinations")


async def test_a_burst_to_neighbours_does_not_take_the_room_of_the_others(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 50")
    await told(database, facility, [neighbour(n) for n in range(60)])
    others = await told(database, facility, [afar(n) for n in range(10)])

    await work(database)

    assert {await status(database, each) for each in others} == {("sent", "")}
    assert await alarms(database) == ["texts.prefix"]


async def test_what_waits_beyond_its_time_expires_and_leaves_no_trace(
    database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
    await told(database, facility, [afar(n) for n in range(3)])
    await work(database)

    async with time_moves(timedelta(hours=2)):
        sent = (await work(database)).sent

    assert sent == []
    assert await statuses(database) == {("sent", ""): 1, ("expired", "too_late"): 2}
    assert await database.owner.fetchval("SELECT count(*) FROM waiting_text") == 0


async def test_what_waited_for_room_does_not_leave_by_night(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten() + timedelta(hours=10, minutes=30)):
        facility = await a_facility(database)
        await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
        await told(database, facility, [afar(n) for n in range(2)])
        await last_for_days(database)
        await work(database)
        async with time_moves(timedelta(hours=2)):
            by_night = len((await work(database)).sent)
        async with time_moves(timedelta(hours=11)):
            in_the_morning = len((await work(database)).sent)

    assert (by_night, in_the_morning) == (0, 1)


async def test_a_second_text_to_a_number_that_waits_leaves_after_the_first(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
    await told(database, facility, [afar(1), afar(2), afar(2)], Kind.QUEUE_CALLED)
    await work(database)
    held = await statuses(database)

    await let_go(facility, "known to us")
    released = len((await work(database)).sent)

    assert held["held", "first_texts_spent"] == 2
    assert released == 2
