"""What the database fails is asked again inside; what may have been kept is never done twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import AsyncClient

from backend.core.database import DB, execute, fetch_value, transaction
from backend.core.postgres.unit_of_work import TRIES
from tests.api.conftest import Room, is_problem
from tests.conftest import Database
from tests.harness.scratch import SCRATCH

ALWAYS = 1000


@pytest.fixture(autouse=True)
async def scratch(database: Database) -> AsyncIterator[None]:
    await database.owner.execute(SCRATCH)
    yield
    await database.owner.execute("DROP SCHEMA scratch CASCADE")


async def notes(database: Database) -> int:
    count: int = await database.owner.fetchval("SELECT count(*) FROM scratch.note")
    return count


async def note_down(text: str = "") -> None:
    await execute("INSERT INTO scratch.note VALUES (1, $1)", text)


async def writes() -> None:
    async with transaction():
        await note_down()


async def end_all(database: Database) -> None:
    await database.owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'hub_api'"
    )


class Acts:
    """One transaction that writes a note and meets a fault; counts how often it was begun."""

    def __init__(self, fault: str, often: int = ALWAYS) -> None:
        self.fault, self.often, self.begun = fault, often, 0

    async def __call__(self) -> None:
        self.begun += 1
        async with transaction():
            await note_down()
            await fetch_value("SELECT scratch.fails($1, $2)", self.fault, self.often)


OVER = ["40001", "40P01", "40003", "08006", "25006", "42P01", "42703", "42883", "42704", "XX000",
        "57P01", "25P03"]  # fmt: skip
LASTING = ["53000", "53100", "53200", "53300", "53400", "55P03", "57014", "57P03", "58030", "58000"]
AWAY = {"08006", "57P01", "57P02", "57P03", "57014", "25P03", "53300"}
MISTAKES = ["23505", "22012", "22P02", "42601", "42501", "23503", "0A000"]


@pytest.mark.parametrize("fault", OVER)
async def test_what_is_over_in_a_moment_is_done_again_inside(
    database: Database, endpoint: AsyncClient, room: Room, fault: str
) -> None:
    room.happens = acts = Acts(fault, often=TRIES - 1)

    assert (await endpoint.post("/endpoint/act")).status_code == 201
    assert (acts.begun, await notes(database)) == (TRIES, 1)


@pytest.mark.parametrize("fault", [*OVER, *LASTING])
async def test_what_lasts_is_a_503_that_says_when_to_come_again(
    database: Database, endpoint: AsyncClient, room: Room, fault: str
) -> None:
    room.happens = acts = Acts(fault)

    answer = await endpoint.post("/endpoint/act")

    code = "database_away" if fault in AWAY else "database_unable"
    assert is_problem(answer, 503, code)
    assert int(answer.headers["retry-after"]) > 0
    assert (acts.begun, await notes(database)) == (TRIES if fault in OVER else 1, 0)


@pytest.mark.parametrize("fault", MISTAKES)
async def test_a_mistake_of_ours_is_a_500_and_not_done_again(
    database: Database, endpoint: AsyncClient, room: Room, fault: str
) -> None:
    room.happens = acts = Acts(fault)

    assert is_problem(await endpoint.post("/endpoint/act"), 500, "internal_error")
    assert (acts.begun, await notes(database)) == (1, 0)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE scratch.note ADD COLUMN later int",
        "ALTER TABLE scratch.note ALTER COLUMN text TYPE varchar(40)",
        "ALTER TABLE scratch.note ALTER COLUMN n TYPE bigint",
        "ALTER TABLE scratch.note DROP COLUMN n",
    ],
)
async def test_a_table_that_changes_under_load_is_no_error(
    database: Database, endpoint: AsyncClient, room: Room, change: str
) -> None:
    async def looks() -> None:
        async with transaction():
            await fetch_value("SELECT count(*) FROM scratch.note")
            await execute("SELECT * FROM scratch.note WHERE text = $1", "")
            await fetch_value("INSERT INTO scratch.note (text) VALUES ('') RETURNING note.*")

    room.happens = looks
    many = 24
    for _ in range(3):
        await asyncio.gather(*(endpoint.post("/endpoint/act") for _ in range(many)))
    await database.owner.execute(change)

    answers = await asyncio.gather(*(endpoint.post("/endpoint/act") for _ in range(many)))

    assert {answer.status_code for answer in answers} == {201}
    assert await notes(database) == 4 * many


async def test_a_type_made_anew_under_load_is_no_error(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    make = (
        "CREATE TYPE scratch.mood AS ENUM ('well'); ALTER TABLE scratch.note ADD mood scratch.mood"
    )
    await database.owner.execute(make)

    async def looks() -> None:
        async with transaction():
            await execute("INSERT INTO scratch.note (mood) VALUES ($1)", "well")
            assert await fetch_value("SELECT mood FROM scratch.note LIMIT 1") == "well"

    room.happens = looks
    for _ in range(8):
        assert (await endpoint.post("/endpoint/act")).status_code == 201
    await database.owner.execute(
        f"DROP TYPE scratch.mood CASCADE; {make}; DELETE FROM scratch.note"
    )

    answers = [await endpoint.post("/endpoint/act") for _ in range(12)]

    assert {answer.status_code for answer in answers} == {201}
    assert await notes(database) == 12


async def test_when_every_connection_is_ended_nobody_hears_of_it(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    async def acts() -> None:
        await fetch_value("SELECT count(*) FROM scratch.note")
        async with transaction():
            await note_down()

    room.happens = acts
    for _ in range(10):
        await asyncio.gather(*(endpoint.post("/endpoint/act") for _ in range(4)))
        await end_all(database)

    last = await asyncio.gather(*(endpoint.post("/endpoint/act") for _ in range(8)))
    assert {answer.status_code for answer in last} == {201}
    assert await notes(database) == 48


async def test_a_connection_that_ends_in_the_middle_is_replaced_and_all_is_done_once(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    begun = 0

    async def acts() -> None:
        nonlocal begun
        begun += 1
        async with transaction():
            await note_down()
            if begun == 1:
                await end_all(database)
            await note_down()

    room.happens = acts

    assert (await endpoint.post("/endpoint/act")).status_code == 201
    assert (begun, await notes(database)) == (2, 2)


async def test_a_commit_without_an_answer_is_not_done_again_and_says_so(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    begun = 0

    async def acts() -> None:
        nonlocal begun
        begun += 1
        async with transaction():
            await note_down("ends")

    room.happens = acts

    answer = await endpoint.post("/endpoint/act")

    assert is_problem(answer, 503, "outcome_unknown")
    assert "retry-after" in answer.headers
    assert begun == 1


async def test_a_reading_whose_commit_had_no_answer_is_read_again(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    async def reads() -> None:
        async with transaction():
            await note_down("ends")

    room.happens = reads

    assert (await endpoint.get("/endpoint/visit")).status_code == 200
    assert await notes(database) == 1


@pytest.mark.parametrize("first", ["a transaction", "a statement"])
async def test_what_was_kept_before_the_failure_is_not_done_again(
    database: Database, endpoint: AsyncClient, room: Room, first: str
) -> None:
    fails = Acts("40001", often=1)

    async def acts() -> None:
        if first == "a transaction":
            async with transaction():
                await note_down()
        else:
            await note_down()
        await fails()

    room.happens = acts

    assert is_problem(await endpoint.post("/endpoint/act"), 503, "outcome_unknown")
    assert (fails.begun, await notes(database)) == (1, 1)


@asynccontextmanager
async def with_setting(database: Database, setting: str, value: str) -> AsyncIterator[None]:
    await database.owner.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    await database.owner.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        await database.owner.execute(f"ALTER SYSTEM RESET {setting}")
        await database.owner.execute("SELECT pg_reload_conf()")


async def test_a_database_that_is_only_readable_is_a_503_and_not_ready(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    room.happens = writes
    async with with_setting(database, "default_transaction_read_only", "on"):
        await end_all(database)
        refused = await endpoint.post("/endpoint/act")
        ready = await endpoint.get("/health/ready")
    await end_all(database)

    assert is_problem(refused, 503, "database_unable")
    assert is_problem(ready, 503, "database_unable")
    assert (await endpoint.get("/health/ready")).status_code == 200
    assert (await endpoint.post("/endpoint/act")).status_code == 201


async def test_too_many_connections_are_a_503_until_there_is_one(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    room.happens = writes
    await database.owner.execute("ALTER ROLE hub_api CONNECTION LIMIT 0")
    await end_all(database)
    refused = [await endpoint.post("/endpoint/act") for _ in range(3)]
    await database.owner.execute("ALTER ROLE hub_api CONNECTION LIMIT -1")

    assert all(is_problem(answer, 503, "database_away") for answer in refused)
    assert (await endpoint.post("/endpoint/act")).status_code == 201


async def test_whatever_fails_gives_its_connection_back(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    assert DB.pool is not None
    size = DB.pool.get_max_size()
    for fault in [*OVER, *LASTING, *MISTAKES] * 2:
        room.happens = Acts(fault)
        await endpoint.post("/endpoint/act")

    async with asyncio.timeout(5):
        taken = [await DB.pool.acquire() for _ in range(size)]
    for one in taken:
        await DB.pool.release(one)
    assert len(taken) == size
