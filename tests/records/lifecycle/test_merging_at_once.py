"""Two at the same time: one is held open, the other waits, and what it decides then is right."""

import asyncio
from contextvars import Context

import pytest
from httpx import AsyncClient

from backend.core.database import transaction
from backend.records.lifecycle.merge import MergedInACircle
from backend.records.patient_lock import OwnerChanged
from backend.sandbox.demo.story_bundles import StoryPerson, visit
from tests.conftest import Database
from tests.harness.intake.hospital import an_hour_ago
from tests.harness.records.charts import LASTING, TEMPORARY, THIRD, Charts, chart, said, some_charts

FIRST = THIRD
SECOND = TEMPORARY


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    return await some_charts(database, client, TEMPORARY, LASTING, THIRD)


async def waits(task: "asyncio.Task[object]") -> bool:
    _, pending = await asyncio.wait([task], timeout=0.5)
    return bool(pending)


async def test_what_comes_in_meanwhile_is_filed_for_whom_it_is_then(charts: Charts) -> None:
    """The Bundle found its patient before the merge was committed, and waited for the lock."""
    new = await charts.owner(LASTING)
    bundle = visit(TEMPORARY, an_hour_ago())

    async with transaction():
        await charts.merges(TEMPORARY, LASTING)
        coming = asyncio.create_task(charts.hospital.posts(bundle), context=Context())
        assert await waits(coming)
    answer = await coming

    assert answer.status_code == 200
    assert set(await charts.rows()) == {new}
    await charts.takes_back(TEMPORARY)
    assert set(await charts.rows()) == {await charts.owner(TEMPORARY)}


async def test_a_registration_that_waited_describes_whom_it_is_about_then(charts: Charts) -> None:
    new = await charts.owner(LASTING)
    before = await charts.database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", new)
    fever = {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": "C1"}],
             "subject": {"reference": "Patient/TAM-1"}, "code": {"text": "Sốt"}}  # fmt: skip
    bundle = said(chart(TEMPORARY, birthDate="1985-03"), fever)

    async with transaction():
        await charts.merges(TEMPORARY, LASTING)
        coming = asyncio.create_task(charts.hospital.posts(bundle), context=Context())
        assert await waits(coming)
    assert (await coming).status_code == 200

    after = await charts.database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", new)
    assert after == before
    assert set(await charts.rows()) == {new}


async def test_a_merge_waits_for_what_is_just_being_filed(charts: Charts) -> None:
    """A Bundle is held open right before its commit; then the merge finds all of it."""
    new = await charts.owner(LASTING)
    async with transaction():
        await charts.files_a_visit(TEMPORARY)
        merging = asyncio.create_task(charts.merges(TEMPORARY, LASTING), context=Context())
        assert await waits(merging)

    assert await merging
    assert set(await charts.rows()) == {new}


async def test_of_two_merges_in_opposite_directions_one_is_refused(charts: Charts) -> None:
    async with transaction():
        await charts.merges(FIRST, SECOND)
        other = asyncio.create_task(charts.merges(SECOND, FIRST), context=Context())
        assert await waits(other)

    with pytest.raises(OwnerChanged):
        await other
    with pytest.raises(MergedInACircle):
        await charts.merges(SECOND, FIRST)
    assert await charts.owner(FIRST) == await charts.owner(SECOND)


@pytest.mark.parametrize("turn", range(5))
async def test_many_messages_that_merge_at_once_never_wait_for_each_other(
    charts: Charts, turn: int
) -> None:
    """PostgreSQL would end one of two that do, and its sender would hear of an error of ours."""
    one = said(chart(FIRST, active=False, link=[replaced_by(SECOND)]), chart(SECOND))
    other = said(chart(SECOND, active=False, link=[replaced_by(FIRST)]), chart(FIRST))

    answers = await asyncio.gather(
        *(charts.hospital.posts(each) for each in (one, other, one, other, one, other))
    )

    assert sorted({answer.status_code for answer in answers}) == [200, 422]
    assert await charts.owner(FIRST) == await charts.owner(SECOND)


def replaced_by(person: StoryPerson) -> dict[str, object]:
    number = person.hospital_number
    return {"type": "replaced-by", "other": {"reference": f"Patient/{number}"}}
