import asyncio
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.desk_tasks import DeskTaskKind, open_task
from backend.core.database import fetch_value, new_id
from backend.support.desk.tasks import TASKS
from tests.conftest import Database
from tests.harness.reasons import opened
from tests.harness.support.makers import LAN_ID, WHY, Desk, a_desk, a_facility, an_agent, lan

PROPOSED = DeskTaskKind.PHONE_PROPOSED


async def settles(desk: Desk, task: str | UUID, outcome: str = "settled") -> Response:
    return await desk.asks("POST", f"/tasks/{task}/done", outcome=outcome, reason=WHY)


def test_every_kind_of_task_has_words() -> None:
    assert set(TASKS) == set(DeskTaskKind)


async def test_a_desk_sees_its_own_tasks_and_those_of_its_charts_and_the_hub_none(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, wanted = await lan(database, ours), [new_id(), new_id()]
    await open_task(PROPOSED, patient, ours, wanted[0])
    await open_task(DeskTaskKind.GRANT_REVIEW, patient, None, wanted[1])
    await open_task(PROPOSED, patient, theirs, new_id())
    await open_task(DeskTaskKind.GRANT_REVIEW, None, None, new_id())
    desk = await a_desk(client, await an_agent(facility=ours))
    everywhere = await a_desk(client, await an_agent("tu"))

    answer = await desk.asks("GET", "/tasks")

    items = answer.json()["items"]
    assert [each["subject"] for each in items] == [str(each) for each in wanted]
    assert (items[0]["kind"], items[0]["name"]) == ("phone_proposed", "T. T. Lan")
    assert set(items[0]["inWords"]) == {"vi", "en"}
    assert LAN_ID not in answer.text
    assert (await everywhere.asks("GET", "/tasks")).json()["items"] == []


async def test_tasks_are_read_a_page_at_a_time(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    patient, subjects = await lan(database, facility), [new_id() for _ in range(5)]
    for subject in subjects:
        await open_task(PROPOSED, patient, facility, subject)
    desk = await a_desk(client, await an_agent(facility=facility))

    seen, cursor = [], ""
    while cursor is not None:
        page = (await desk.asks("GET", f"/tasks?limit=2{cursor and '&cursor=' + cursor}")).json()
        seen += [each["subject"] for each in page["items"]]
        cursor = page["nextCursor"]

    assert seen == [str(each) for each in subjects]


async def test_a_task_that_is_done_leaves_the_list_and_is_written_down(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, hoa = await lan(database, facility), await an_agent(facility=facility)
    await open_task(PROPOSED, patient, facility, new_id())
    desk = await a_desk(client, hoa)
    task = (await desk.asks("GET", "/tasks")).json()["items"][0]["task"]

    first, second = await settles(desk, task, "refused"), await settles(desk, task)

    assert first.status_code == 204
    assert (second.status_code, second.json()["code"]) == (409, "already_settled")
    assert (await desk.asks("GET", "/tasks")).json()["items"] == []
    row = await database.owner.fetchrow("SELECT outcome, done_by FROM desk_task")
    assert tuple(row) == ("refused", hoa.id)
    rows = await database.owner.fetch(
        "SELECT patient, subject, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.settle_task' ORDER BY id"
    )
    assert [opened(row) for row in rows] == [
        (patient, UUID(task), WHY, "done"), (patient, UUID(task), WHY, "already_settled"),
    ]  # fmt: skip


async def test_of_several_who_settle_a_task_at_once_one_does(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await open_task(PROPOSED, await lan(database, facility), facility, new_id())
    desk = await a_desk(client)
    task = await fetch_value("SELECT id FROM desk_task")

    answers = await asyncio.gather(*(settles(desk, task) for _ in range(6)))

    assert sorted(each.status_code for each in answers) == [204] + [409] * 5


async def test_another_hospitals_task_is_not_found(client: AsyncClient, database: Database) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    await open_task(PROPOSED, await lan(database, theirs), theirs, new_id())
    desk = await a_desk(client, await an_agent(facility=ours))

    answer = await settles(desk, await fetch_value("SELECT id FROM desk_task"))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await settles(desk, new_id())).text == answer.text
    assert await fetch_value("SELECT done_at FROM desk_task") is None
