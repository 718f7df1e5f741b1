import asyncio

from backend.auth.desk_tasks import DeskTaskKind, open_task, settle_task
from backend.core.database import execute, new_id, transaction
from tests.conftest import Database
from tests.harness.makers import a_patient

PROPOSED = DeskTaskKind.PHONE_PROPOSED


async def open_tasks(database: Database) -> int:
    return int(
        await database.owner.fetchval("SELECT count(*) FROM desk_task WHERE done_at IS NULL")
    )


async def test_what_is_asked_twice_at_once_is_one_task(database: Database) -> None:
    lan, subject = await a_patient(database), new_id()

    await asyncio.gather(*(open_task(PROPOSED, lan.id, lan.facility, subject) for _ in range(8)))

    assert await open_tasks(database) == 1


async def test_intake_may_open_a_task_in_its_own_transaction(database: Database) -> None:
    lan, subject = await a_patient(database), new_id()

    for _ in range(2):
        async with transaction():
            await execute("SELECT open_intake($1)", lan.facility)
            await open_task(PROPOSED, lan.id, lan.facility, subject)

    assert await open_tasks(database) == 1


async def test_what_was_settled_may_come_up_again(database: Database) -> None:
    lan, subject = await a_patient(database), new_id()
    await open_task(PROPOSED, lan.id, lan.facility, subject)

    settled = await settle_task(PROPOSED, subject, "settled")
    again = await settle_task(PROPOSED, subject, "settled")
    await open_task(PROPOSED, lan.id, lan.facility, subject)

    assert (settled, again) == (True, False)
    assert await open_tasks(database) == 1
