"""«After so many hours»: nowhere before, everywhere afterwards, and told then, once."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest

from backend.core.clock import now
from backend.core.database import transaction
from backend.core.odd_rows.row_isolation import LONGEST_WAIT
from backend.notifications.planning.planning import plan
from backend.records.lifecycle.release import next_due, publish_due, release_due
from backend.sandbox.demo.story_bundles import TU
from tests.conftest import Database, Travel
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.orders import order
from tests.harness.intake.other_kinds import CONDITION, ENCOUNTER, HERS
from tests.harness.records.readers import PLACES, Readers, files, hours_later, measured, reported

NOWHERE: frozenset[str] = frozenset()


async def in_another_task(duty: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do it in a transaction of its own, whatever is open here."""
    async with asyncio.timeout(20):
        await asyncio.create_task(duty(), context=Context())


async def test_a_result_is_nowhere_before_its_hour_and_everywhere_after(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")

    await files(hospital, measured(), reported())
    await readers.released()
    assert (await readers.places(), await readers.told()) == (NOWHERE, [])
    async with hours_later(time_moves, 23.9):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (NOWHERE, [])
    async with hours_later(time_moves, 24.1):
        await readers.released()
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])
        assert await readers.texts(time_moves) == 1
        assert await readers.waiting() == 0


async def test_what_is_shown_by_the_duty_is_one_change(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured("m1"), measured("m2"), reported(shows=("m1", "m2")))
    before = (await readers.reads("changes")).json()["nextCursor"]

    async with hours_later(time_moves, 25):
        await readers.released()
        since = (await readers.reads(f"changes?since={before}")).json()

    assert sorted(each["kind"] for each in since["items"]) == [
        "observation", "observation", "result",
    ]  # fmt: skip
    rows = await database.owner.fetch(
        "SELECT change_n, release_at FROM result UNION ALL SELECT change_n, release_at"
        " FROM observation UNION ALL SELECT n, NULL FROM patient_change"
    )
    assert len({tuple(row) for row in rows}) == 1


async def test_hours_count_from_when_the_hospital_said_it(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("24h")
    long_ago: dict[str, Any] = {"meta": {"lastUpdated": (now() - timedelta(days=2)).isoformat()}}

    await files(hospital, measured(**long_ago), reported(**long_ago))

    assert await readers.places() == PLACES


async def test_nobody_is_told_of_a_backfill(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    issued = (now() - timedelta(days=30)).isoformat()

    await files(hospital, measured(issued=issued), reported(issued=issued))
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, [])


async def test_hours_begin_when_it_is_complete_and_only_once(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported(status="preliminary"))

    async with hours_later(time_moves, 30):
        await readers.released()
        assert await readers.places() == NOWHERE
        await files(hospital, measured(), reported(conclusion="A"))
    async with hours_later(time_moves, 50):
        await files(hospital, reported(status="corrected", conclusion="B"))
        await readers.released()
        assert await readers.places() == NOWHERE
    async with hours_later(time_moves, 55):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_a_correction_of_what_is_seen_is_seen_and_told_at_once(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported(conclusion="A"))
    await readers.policy("never")

    await files(hospital, reported(status="corrected", conclusion="B"))

    assert await readers.places() == PLACES
    assert (await readers.reads("results")).json()["items"][0]["conclusion"] == "B"
    assert await readers.told() == ["result.ready", "result.corrected"]


async def test_what_is_taken_back_is_gone_at_once_and_is_never_told(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured("m1"), reported("r1", shows=("m1",)))
    await readers.policy("24h")
    await files(hospital, measured("m2"), reported("r2", shows=("m2",)))

    for each in ("1", "2"):
        wrong = {"status": "entered-in-error"}
        await files(
            hospital,
            measured(f"m{each}", **wrong),
            reported(f"r{each}", shows=(f"m{each}",), **wrong),
        )
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (NOWHERE, ["result.ready"])
        assert await readers.waiting() == 0


async def test_measurements_wait_for_the_report_that_comes_after_them(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured())

    async with hours_later(time_moves, 20):
        await files(hospital, reported())
    async with hours_later(time_moves, 25):
        await readers.released()
        assert await readers.places() == NOWHERE
    async with hours_later(time_moves, 45):
        await readers.released()
        assert await readers.places() == PLACES


async def test_a_measurement_that_comes_later_goes_with_its_report(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    async with hours_later(time_moves, 10):
        await files(hospital, measured(status="corrected", note=[{"text": "lần hai"}]))
    async with hours_later(time_moves, 23):
        await readers.released()
        assert await readers.places() == NOWHERE
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_only_its_class_waits(hospital: Hospital, readers: Readers) -> None:
    vital = [{"coding": [{"system": "urn:loai", "code": "vital-signs"}]}]
    await readers.policy("clinician")
    await readers.policy("at-once", "observation:vital-signs")
    await readers.policy("24h", "condition")

    await files(hospital, measured(category=vital), CONDITION, ENCOUNTER)

    assert (await readers.places()) == PLACES - {"list", "one", "file"}
    assert len((await readers.reads("conditions")).json()["items"]) == 0
    assert len((await readers.reads("visits")).json()["items"]) == 1


async def test_a_result_whose_order_is_open_is_told_when_both_are_there(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("1h")
    orders: dict[str, Any] = {"basedOn": [{"reference": "ServiceRequest/o1"}]}
    await files(hospital, order("o1"), measured(), reported("r1", **orders),
             reported("r2", shows=(), status="partial", **orders))  # fmt: skip

    async with hours_later(time_moves, 1.1):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, [])
        await files(hospital, reported("r2", shows=(), **orders))
        assert await readers.told() == ["result.ready"]
    async with hours_later(time_moves, 2.3):
        await readers.released()
        assert await readers.told() == ["result.ready", "result.ready"]


async def test_two_workers_show_it_once_and_neither_waits(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    async with hours_later(time_moves, 25):
        async with database.as_worker(), transaction():
            due = await next_due([])
            assert due is not None
            await in_another_task(release_due)
            assert await readers.waiting() == 1
            await plan(await publish_due(*due))
            await in_another_task(release_due)
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def half_of_the_duty(database: Database) -> None:
    async with database.as_worker(), transaction():
        due = await next_due([])
        assert due is not None
        await plan(await publish_due(*due))
        raise ConnectionResetError


async def test_a_worker_that_is_killed_half_way_has_done_nothing(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    async with hours_later(time_moves, 25):
        with pytest.raises(ConnectionResetError):
            await half_of_the_duty(database)
        assert (await readers.places(), await readers.told()) == (NOWHERE, [])
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


REFUSING = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse_one BEFORE UPDATE ON result FOR EACH ROW
    WHEN (NEW.patient = '{patient}' AND NEW.visible_from IS NOT NULL)
    EXECUTE FUNCTION refuse_one();
"""


async def test_one_record_that_cannot_be_shown_holds_up_no_other(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await hospital.registers(TU)
    await readers.policy("24h")
    number = HERS["identifier"] | {"value": TU.hospital_number}
    theirs: dict[str, Any] = {"subject": {"identifier": number}}
    await files(hospital, measured(), reported())
    await files(hospital, measured("m2", **theirs), reported("r2", shows=("m2",), **theirs))
    await database.owner.execute(REFUSING.format(patient=readers.patient))

    async with hours_later(time_moves, 25):
        try:
            await readers.released()
            await readers.released()
            seen = "SELECT patient FROM result WHERE visible_from IS NOT NULL"
            [row] = await database.owner.fetch(seen)
            assert row["patient"] != readers.patient
            assert (await readers.places(), await readers.told()) == (NOWHERE, ["result.ready"])
        finally:
            await database.owner.execute("DROP FUNCTION refuse_one CASCADE")
        async with time_moves(LONGEST_WAIT):
            await readers.released()
        assert await readers.places() == PLACES
