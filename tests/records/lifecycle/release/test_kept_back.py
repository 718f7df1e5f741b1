"""What a clinician keeps back: seen nowhere, told to nobody, until they let it be seen."""

import asyncio
from contextlib import AsyncExitStack
from contextvars import Context
from typing import Any

import pytest

from backend.core.database import transaction
from backend.notifications.planning.deferred import plan_deferred
from backend.records.lifecycle.merge import merge
from tests.conftest import Database, Travel
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.orders import order
from tests.harness.records.readers import PLACES, Readers, files, hours_later, measured, reported
from tests.harness.records.release_charts import NUMBER, THEIRS, both_numbers, opens_another_chart
from tests.harness.records.release_words import KEPT_BACK, NOWHERE, RELEASED, says, word


async def test_what_is_kept_back_waits_beyond_its_hour(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported(conclusion="A"))

    await says(hospital, KEPT_BACK)
    async with hours_later(time_moves, 25):
        await files(hospital, measured(), reported(status="corrected", conclusion="B"))
    async with hours_later(time_moves, 50):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (NOWHERE, [])
        await says(hospital, RELEASED)
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_a_visible_record_disappears_when_kept_back_and_is_told_anew_when_released(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported())
    before = (await readers.reads("changes")).json()["nextCursor"]

    await says(hospital, KEPT_BACK)
    gone = (await readers.reads(f"changes?since={before}")).json()["items"]
    there = await readers.places()
    await says(hospital, RELEASED)

    assert (there, sorted(each["kind"] for each in gone)) == (NOWHERE, ["observation", "result"])
    assert all(each["gone"] for each in gone)
    assert await readers.places() == PLACES
    assert await readers.told() == ["result.ready", "result.ready"]
    assert await readers.waiting() == 0


async def test_a_text_that_has_not_left_is_not_sent_about_what_is_kept_back(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured(), reported())

    await says(hospital, KEPT_BACK)

    assert await readers.texts(time_moves) == 0
    [row] = await database.owner.fetch("SELECT status, reason FROM delivery")
    assert tuple(row) == ("suppressed", "not_released")
    await says(hospital, RELEASED)
    assert await readers.texts(time_moves) == 1


async def test_a_text_that_tells_of_another_record_too_is_sent(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured(), reported(), reported("r2", shows=()))

    await says(hospital, KEPT_BACK)

    assert await readers.texts(time_moves) == 1


async def test_no_text_is_sent_when_all_that_it_tells_of_is_kept_back(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured(), reported(), reported("r2", shows=()))

    await says(hospital, KEPT_BACK)
    await says(hospital, KEPT_BACK, {"reference": "DiagnosticReport/r2"})
    assert await readers.texts(time_moves) == 0
    await says(hospital, RELEASED)
    assert await readers.texts(time_moves) == 1


async def test_what_nobody_was_ever_told_of_stays_untold(
    hospital: Hospital, readers: Readers
) -> None:
    issued = "2016-05-01T08:00:00+07:00"
    await files(hospital, measured(issued=issued), reported(issued=issued))

    await says(hospital, KEPT_BACK)
    await says(hospital, RELEASED)

    assert await readers.places() == PLACES - {"summary"}, "which has what is current"
    assert (await readers.told(), await readers.waiting()) == ([], 0)


async def test_a_text_that_comes_back_is_not_sent_again_about_what_is_kept_back(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured(), reported())
    await database.owner.execute("UPDATE delivery SET status = 'sending'")

    await says(hospital, KEPT_BACK)
    await database.owner.execute("UPDATE delivery SET status = 'planned'")

    assert await readers.texts(time_moves) == 0


async def test_no_text_is_sent_about_what_is_unfinished_again_and_kept_back(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="partial"))

    await says(hospital, KEPT_BACK)

    assert await readers.texts(time_moves) == 0


@pytest.mark.parametrize("told_there", [True, False])
async def test_a_merge_tells_nobody_of_what_is_kept_back_and_its_release_tells_once(
    database: Database,
    hospital: Hospital,
    readers: Readers,
    time_moves: Travel,
    *,
    told_there: bool,
) -> None:
    await opens_another_chart(hospital)
    hers, theirs = await both_numbers(hospital)
    if not told_there:
        await database.owner.execute("DELETE FROM contact_point WHERE patient = $1", theirs.patient)
    await files(hospital, measured(**THEIRS), reported(**THEIRS))
    assert await readers.texts(time_moves) == told_there

    answer = await hospital.says(word(KEPT_BACK, patient={"hospitalNumber": NUMBER}))
    assert answer.status_code == 202
    await merge(hospital.facility, theirs.identifier, hers.identifier)
    kept_back = await readers.texts(time_moves)
    await says(hospital, RELEASED)

    assert (kept_back, await readers.texts(time_moves), await readers.waiting()) == (0, 1, 0)


async def test_a_worker_that_is_just_telling_is_waited_for(
    database: Database, hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    orders: dict[str, Any] = {"basedOn": [{"reference": "ServiceRequest/o1"}]}
    partial = reported("r2", shows=(), status="partial", **orders)
    await files(hospital, order("o1"), measured(), reported("r1", **orders), partial)

    async with hours_later(time_moves, 5):
        async with AsyncExitStack() as held_open:
            async with database.as_worker():
                await held_open.enter_async_context(transaction())
                await plan_deferred()
            saying = asyncio.create_task(says(hospital, KEPT_BACK), context=Context())
            _, pending = await asyncio.wait([saying], timeout=0.5)
            assert pending, "the word waits for the row that is being told"
        await saying
        assert (await readers.told(), await readers.texts(time_moves)) == (["result.ready"], 0)
        await says(hospital, RELEASED)
        assert await readers.told() == ["result.ready", "result.ready"]


async def test_what_was_told_and_is_unfinished_while_it_is_kept_back_is_told_anew(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported())
    await says(hospital, KEPT_BACK)
    await files(hospital, reported(status="partial"))
    await files(hospital, reported(conclusion="A"))
    before = await readers.told()

    await says(hospital, RELEASED)

    assert (before, await readers.told()) == (["result.ready"], ["result.ready", "result.ready"])


async def test_what_was_never_seen_is_told_as_new_whatever_became_of_it(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="entered-in-error"))
    await files(hospital, reported(conclusion="A"))

    await says(hospital, RELEASED)

    assert await readers.told() == ["result.ready"]


async def test_what_waits_for_its_order_is_not_told_while_it_is_kept_back(
    hospital: Hospital, readers: Readers
) -> None:
    orders: dict[str, Any] = {"basedOn": [{"reference": "ServiceRequest/o1"}]}
    partial = reported("r2", shows=(), status="partial", **orders)
    await files(hospital, order("o1"), measured(), reported("r1", **orders), partial)

    await says(hospital, KEPT_BACK)
    await files(hospital, partial | {"status": "final"})
    then = await readers.told()
    await says(hospital, RELEASED)

    assert (then, await readers.told()) == (["result.ready"], ["result.ready", "result.ready"])
