"""What is no merge: with itself, in a circle, of another hospital's patients, or of two people."""

from dataclasses import replace

import pytest
from httpx import AsyncClient

from backend.auth.registration.merge_check import NotOnePerson
from backend.auth.registration.patients import charts_of_citizen
from backend.core.errors import NotFound
from backend.records.lifecycle.merge import MergedInACircle, MergedWithItself, merge
from backend.sandbox.demo.story_bundles import StoryPerson
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import a_hospital
from tests.harness.records.charts import LASTING, TEMPORARY, THIRD, Charts, some_charts


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(TEMPORARY)
    return made


async def test_a_merge_with_itself_or_in_a_circle_is_refused(charts: Charts) -> None:
    await charts.opens(THIRD)
    await charts.merges(TEMPORARY, THIRD)
    await charts.merges(THIRD, LASTING)
    before = await checksums(charts.database)

    with pytest.raises(MergedInACircle):
        await charts.merges(LASTING, TEMPORARY)
    with pytest.raises(MergedInACircle):
        await charts.merges(THIRD, TEMPORARY)
    with pytest.raises(MergedWithItself):
        await charts.merges(TEMPORARY, TEMPORARY)

    assert await checksums(charts.database) == before


async def test_a_number_of_another_hospital_is_none(charts: Charts, client: AsyncClient) -> None:
    elsewhere = Charts(charts.database, await a_hospital(charts.database, client, "BV KHAC"))
    await elsewhere.opens(THIRD)
    theirs = (await elsewhere.known(THIRD)).identifier
    ours = (await charts.known(TEMPORARY)).identifier
    before = await checksums(charts.database)

    with pytest.raises(NotFound):
        await merge(charts.facility, theirs, ours)
    with pytest.raises(NotFound):
        await merge(charts.facility, ours, theirs)

    assert await checksums(charts.database) == before


@pytest.mark.parametrize(
    "other",
    [
        replace(THIRD, citizen_id="079161000044"),
        replace(THIRD, birth_date="1961-07-07"),
        replace(THIRD, gender="male"),
    ],
    ids=["citizen id", "birth date", "sex"],
)
async def test_two_people_are_not_merged(charts: Charts, other: StoryPerson) -> None:
    await charts.opens(other)
    before = await checksums(charts.database)

    with pytest.raises(NotOnePerson):
        await charts.merges(other, LASTING)

    assert await checksums(charts.database) == before


async def test_who_has_no_citizen_id_takes_that_of_whom_it_is_merged_with(charts: Charts) -> None:
    old, new = await charts.owner(LASTING), await charts.owner(TEMPORARY)
    assert await charts_of_citizen(LASTING.citizen_id, charts.facility) == [old]

    await charts.merges(LASTING, TEMPORARY)
    assert await charts_of_citizen(LASTING.citizen_id, charts.facility) == [new]

    await charts.takes_back(LASTING)
    assert await charts_of_citizen(LASTING.citizen_id, charts.facility) == [old]


async def test_what_another_hospital_said_speaks_against_no_merge(
    charts: Charts, client: AsyncClient
) -> None:
    elsewhere = Charts(charts.database, await a_hospital(charts.database, client, "BV KHAC"))
    await elsewhere.opens(replace(LASTING, hospital_number="KH-1", birth_date="1961-07-07"))
    await charts.opens(THIRD)

    assert await charts.merges(THIRD, LASTING)
