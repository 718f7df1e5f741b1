"""A desk takes a death back, shows what is held, and undoes a merge: of its own charts alone."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.registration.patients import Identifier
from backend.core.clock import now
from backend.core.database import execute, fetch, fetch_value, transaction
from backend.records.lifecycle.merge import merge
from tests.conftest import Database
from tests.harness.support.makers import (
    LAN_ID,
    WHY,
    Desk,
    a_desk,
    a_facility,
    an_agent,
    lan,
)

SEEN: dict[str, Any] = {"proof": "card", "reason": WHY}
OWN = "https://benhvien.example/ma"


async def a_head(client: AsyncClient, facility: UUID, name: str = "mai") -> Desk:
    return await a_desk(client, await an_agent(name, "facility_admin", facility))


async def asks(desk: Desk, chart: UUID, path: str, method: str = "POST") -> Response:
    await desk.finds_lan()
    return await desk.asks(
        method, f"/patients/{chart}/{path}", **(SEEN if method == "POST" else {})
    )


async def numbers_of(chart: UUID) -> set[UUID]:
    rows = await fetch("SELECT id FROM patient_identifier WHERE patient = $1", chart)
    return {row["id"] for row in rows}


async def test_a_death_that_was_said_by_mistake_is_taken_back(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility, deceased_at=now())
    desk = await a_head(client, facility)

    answer = await asks(desk, chart, "death/undo")
    again = await asks(desk, chart, "death/undo")

    assert answer.status_code == 204
    assert await fetch_value("SELECT deceased_at FROM patient WHERE id = $1", chart) is None
    assert (again.status_code, again.json()["code"]) == (409, "not_deceased")
    made = await desk.asks("POST", f"/patients/{chart}/slips", proof="card")
    assert made.status_code == 201


async def test_another_facilitys_desk_takes_no_death_back(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart = await lan(database, ours, deceased_at=now())
    own = await lan(database, theirs)
    desk = await a_head(client, theirs)

    answers = [await asks(desk, each, "death/undo") for each in (chart, UUID(int=7))]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "search_first")}
    assert await fetch_value("SELECT deceased_at FROM patient WHERE id = $1", chart) is not None
    assert (await asks(desk, own, "death/undo")).json()["code"] == "not_deceased"


async def test_what_is_held_is_shown_once_a_desk_has_seen_a_paper(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    await database.owner.execute("UPDATE patient SET held_since = hub_clock() WHERE id = $1", chart)
    await database.owner.execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane, expires_at,"
        " held) VALUES (uuidv7(), $1, $2, 'result.ready', $1, 'important', 2, hub_clock(), 3)",
        chart, facility,
    )  # fmt: skip
    desk = await a_head(client, facility)

    answer = await asks(desk, chart, "held/confirm")
    again = await asks(desk, chart, "held/confirm")

    assert answer.status_code == 204, answer.text
    assert await fetch_value("SELECT held FROM notification") == 0
    assert await fetch_value("SELECT held_since FROM patient WHERE id = $1", chart) is None
    assert (again.status_code, again.json()["code"]) == (409, "nothing_held")
    written = await fetch(
        "SELECT actor_kind FROM audit_event WHERE action = 'chart.held_confirmed'"
    )
    assert [row["actor_kind"] for row in written] == ["staff"]


async def two_charts(database: Database, facility: UUID) -> tuple[UUID, UUID]:
    """Lan twice at one facility: one chart with her citizen id, one without."""
    stays = await lan(database, facility, identifiers=(
        Identifier("urn:vn:citizen-id", LAN_ID), Identifier(OWN, "BN1"),
    ))  # fmt: skip
    goes = await lan(database, facility, identifiers=(Identifier(OWN, "BN2"),), mobile=None)
    return stays, goes


async def merged(facility: UUID, goes: UUID, stays: UUID) -> None:
    async with transaction():
        old, new = [
            await fetch_value(
                "SELECT id FROM patient_identifier WHERE patient = $1 AND system = $2", chart, OWN
            )
            for chart in (goes, stays)
        ]
        await execute("SELECT open_intake($1)", facility)
        assert await merge(facility, old, new)


async def test_a_merge_is_reviewed_and_undone(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    stays, goes = await two_charts(database, facility)
    before = await numbers_of(stays), await numbers_of(goes)
    await merged(facility, goes, stays)
    desk = await a_head(client, facility)

    reviewed = (await asks(desk, stays, "merges", "GET")).json()["items"]
    undone = await desk.asks("POST", f"/patients/{goes}/merges/undo", **SEEN)
    again = await desk.asks("POST", f"/patients/{goes}/merges/undo", **SEEN)

    assert [(each["side"], each["patient"], each["name"]) for each in reviewed] == [
        ("from", str(goes), "T. T. Lan")
    ]
    assert undone.status_code == 204, undone.text
    assert (await numbers_of(stays), await numbers_of(goes)) == before
    assert (again.status_code, again.json()["code"]) == (409, "not_merged")
    assert (await asks(desk, stays, "merges", "GET")).json()["items"] == []


async def test_another_facilitys_desk_reviews_and_undoes_no_merge(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    stays, goes = await two_charts(database, ours)
    await merged(ours, goes, stays)
    await lan(database, theirs)
    desk = await a_head(client, theirs)

    answers = [
        await asks(desk, chart, path, method)
        for chart in (stays, goes, UUID(int=7))
        for path, method in (("merges", "GET"), ("merges/undo", "POST"))
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "search_first")}


@pytest.mark.parametrize("path", ["death/undo", "merges/undo"])
async def test_an_agent_does_not_say_which_person_a_chart_is(
    client: AsyncClient, database: Database, path: str
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility, deceased_at=now())
    agent = await a_desk(client, await an_agent(facility=facility))

    answer = await asks(agent, chart, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
