"""What a merge brings into a chart that somebody reaches: held from codes until the desk agrees."""

from dataclasses import replace
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.registration.patients import charts_of_citizen
from tests.conftest import Database
from tests.harness.intake.links import replaced
from tests.harness.records.charts import (
    LASTING,
    TEMPORARY,
    THIRD,
    Charts,
    said,
    signed_in,
    some_charts,
)
from tests.harness.records.held_charts import (
    by_code,
    results_of,
    tasks,
    the_desk_confirms,
    with_other_id,
)


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    for person in (TEMPORARY, LASTING):
        await made.files_a_visit(person)
    return made


async def test_what_a_merge_brings_where_somebody_reaches_it_is_held(
    charts: Charts, database: Database
) -> None:
    """A thief opened the chart into which the hospital merges another."""
    lan = await charts.owner(LASTING)
    thief, owner = await by_code(lan), await signed_in(lan)

    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING)))

    assert (await results_of(thief), await results_of(owner)) == (1, 2)
    assert await tasks(database) == [("held_back", lan, False)]
    await the_desk_confirms(charts, lan)
    assert await results_of(thief) == 2


@pytest.mark.parametrize("was", ["bound", "ended", "by the desk"])
async def test_whoever_reached_it_once_comes_again(
    charts: Charts, database: Database, was: str
) -> None:
    lan = await charts.owner(LASTING)
    match was:
        case "ended":
            await by_code(lan)
            await database.owner.execute("UPDATE session_chart SET ended_at = hub_clock()")
        case "bound" | _:
            await database.owner.execute(
                "UPDATE contact_point SET confirmed_by = $2 WHERE patient = $1",
                lan, "patient" if was == "bound" else "desk",
            )  # fmt: skip

    await charts.merges(TEMPORARY, LASTING)

    assert await results_of(await by_code(lan)) == 1


async def test_where_nobody_ever_reached_it_nothing_is_held(
    charts: Charts, database: Database
) -> None:
    await charts.merges(TEMPORARY, LASTING)

    assert await results_of(await by_code(await charts.owner(LASTING))) == 2
    assert await tasks(database) == []


@pytest.mark.parametrize("was", ["reached", "bound"])
async def test_what_somebody_reached_is_held_where_a_merge_brings_it(
    charts: Charts, database: Database, was: str
) -> None:
    """A key merges her chart into a new one, and states a thief's phone of that."""
    lan = await charts.owner(LASTING)
    if was == "reached":
        await by_code(lan)
    else:
        await database.owner.execute(
            "UPDATE contact_point SET confirmed_by = 'patient' WHERE patient = $1", lan
        )

    await charts.hospital.posts(said(replaced(LASTING, TEMPORARY)))

    new = await charts.owner(TEMPORARY)
    assert await charts_of_citizen(LASTING.citizen_id) == [new]
    assert await results_of(await by_code(new)) == 1
    assert await results_of(await signed_in(new)) == 2


async def test_taken_back_it_is_open_again_to_its_own(charts: Charts) -> None:
    await by_code(await charts.owner(LASTING))
    await charts.merges(TEMPORARY, LASTING)

    await charts.takes_back(TEMPORARY)

    for person in (TEMPORARY, LASTING):
        assert await results_of(await by_code(await charts.owner(person))) == 1


async def test_an_undo_opens_nothing_that_another_citizen_id_holds(charts: Charts) -> None:
    lan = await charts.owner(LASTING)
    await charts.hospital.posts(said(with_other_id()))
    await charts.opens(replace(THIRD, birth_date="1985-03-12"))
    await charts.merges(LASTING, THIRD)

    await charts.takes_back(LASTING)

    assert await charts.owner(LASTING) == lan
    assert await results_of(await by_code(lan)) == 0


async def test_stated_phones_go_with_a_merge_and_come_back_bound_ones_stay(
    charts: Charts, database: Database
) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    await database.owner.execute(
        "INSERT INTO contact_point (patient, number, number_hash, kind, confirmed_by, confirmed_at)"
        " VALUES ($1, '', '', 'own', 'patient', hub_clock())",
        old,
    )
    before = await phones(database)
    assert {patient for patient, by in before if by == "facility"} == {old, new}

    await charts.merges(TEMPORARY, LASTING)
    merged = await phones(database)
    await charts.takes_back(TEMPORARY)

    assert sorted(merged, key=str) == sorted(
        [(new, "facility"), (new, "facility"), (old, "patient")], key=str
    )
    assert await phones(database) == before


async def phones(database: Database) -> list[tuple[UUID, str]]:
    rows = await database.owner.fetch("SELECT patient, confirmed_by FROM contact_point ORDER BY id")
    return [tuple(row) for row in rows]
