"""The cap over all facilities for numbers that nobody has shown to be theirs."""

from datetime import timedelta

from backend.core.settings import load_settings
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.makers import a_facility
from tests.harness.notifications.steps import a_due_text, until_ten
from tests.harness.notifications.texting import chart, statuses, work

NUMBER = "+84971111111"
HELD = "unproved_texts_spent"


async def text_from_many(
    database: Database, facilities: int, each: int, kind: Kind = Kind.RESULT_READY,
    *, bound: bool = False,
) -> None:  # fmt: skip
    """So many facilities text one number, each about so many charts of its own."""
    for _ in range(facilities):
        facility = await a_facility(database)
        for _ in range(each):
            patient = await chart(database, facility, NUMBER, bound=bound)
            await a_due_text(database, patient, kind, expires_in=timedelta(hours=3))


async def test_many_facilities_together_do_not_flood_a_number(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten()):
        await text_from_many(database, facilities=9, each=4)

        sent = (await work(database)).sent

        assert len(sent) == load_settings().unproved_texts_per_hour == 30
        assert (await statuses(database))["held", HELD] == 6
        assert set(await alarms(database)) == {"texts.capped"}
        async with time_moves(timedelta(minutes=61)):
            assert len((await work(database)).sent) == 6


async def test_a_call_to_the_counter_that_the_cap_stops_is_dropped(database: Database) -> None:
    await text_from_many(database, facilities=9, each=4, kind=Kind.QUEUE_CALLED)

    assert len((await work(database)).sent) == 30
    assert (await statuses(database))["suppressed", HELD] == 6


async def test_a_number_that_its_people_have_shown_has_no_cap_over_all(database: Database) -> None:
    await text_from_many(database, facilities=9, each=4)
    await work(database)
    await text_from_many(database, facilities=9, each=1, bound=True)

    assert len((await work(database)).sent) == 9


async def test_one_facility_makes_no_bombs_of_warnings_about_invented_people(
    database: Database,
) -> None:
    await text_from_many(database, facilities=1, each=40, kind=Kind.PHONE_STATED)

    assert len((await work(database)).sent) == 5


async def test_a_bound_number_hears_every_warning_about_its_own_chart(database: Database) -> None:
    await text_from_many(database, facilities=9, each=4, kind=Kind.PHONE_STATED)
    await work(database)
    await text_from_many(database, facilities=1, each=2, kind=Kind.PHONE_CHANGED, bound=True)

    assert len((await work(database)).sent) == 2


async def test_security_notices_are_counted_apart_and_are_no_bombs_either(
    database: Database,
) -> None:
    await text_from_many(database, facilities=9, each=4)
    await work(database)
    await text_from_many(database, facilities=9, each=4, kind=Kind.PHONE_STATED)

    assert len((await work(database)).sent) == 5
