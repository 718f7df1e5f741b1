"""Refusals of one kind from one network: the first has a row, and one row stands for the rest."""

import asyncio
from datetime import timedelta

from backend.core.audit import Act
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import verify_chain
from backend.core.database import new_id, transaction
from backend.core.refusals import MOST_NETWORKS, PERIOD, close_refusals, note_refusal
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.unguarded import unguarded

AN_OFFICE = "198.51.100.7"
LATER = PERIOD + timedelta(seconds=1)


def a_refusal(address: str = AN_OFFICE, **other: object) -> Act:
    told = {"actor_kind": "patient", "action": "sign_in.code", "result": "wrong_code"} | other
    return Act(from_where=address, **told)  # type: ignore[arg-type]  # a test's own words


async def written(database: Database) -> list[tuple[str, int]]:
    rows = await database.owner.fetch(
        "SELECT from_where, stands_for FROM audit_event WHERE result = 'wrong_code' ORDER BY id"
    )
    return [(row["from_where"], row["stands_for"]) for row in rows]


async def closed(database: Database, time_moves: Travel) -> list[tuple[str, int]]:
    async with time_moves(LATER), database.as_worker():
        await close_refusals()
    return await written(database)


async def test_of_150_refusals_the_first_has_a_row_and_one_row_stands_for_149(
    database: Database, time_moves: Travel
) -> None:
    for _ in range(150):
        await note_refusal(a_refusal())
    at_once = await written(database)

    assert at_once == [(AN_OFFICE, 1)]
    assert await closed(database, time_moves) == [(AN_OFFICE, 1), (AN_OFFICE, 149)]
    assert await closed(database, time_moves) == [(AN_OFFICE, 1), (AN_OFFICE, 149)]


async def test_a_hundred_at_once_are_a_hundred(database: Database, time_moves: Travel) -> None:
    await asyncio.gather(*(note_refusal(a_refusal()) for _ in range(100)))

    assert await closed(database, time_moves) == [(AN_OFFICE, 1), (AN_OFFICE, 99)]


async def test_each_network_and_each_kind_is_counted_apart(
    database: Database, time_moves: Travel
) -> None:
    for address in (AN_OFFICE, "198.51.100.8", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"):
        await note_refusal(a_refusal(address))
    await note_refusal(a_refusal(actor=new_id()))

    assert await closed(database, time_moves) == [
        (AN_OFFICE, 1), ("198.51.100.8", 1), ("2001:db8:1:2::1", 1), (AN_OFFICE, 1),
        ("2001:db8:1:2::/64", 1),
    ]  # fmt: skip


async def test_keys_of_one_facility_are_told_apart_and_what_a_stranger_names_is_not(
    database: Database,
) -> None:
    for _ in range(2):
        await note_refusal(a_refusal(subject=new_id()))
    for _ in range(2):
        await note_refusal(a_refusal(subject=new_id(), actor_kind="facility"), by_subject=True)

    assert len(await written(database)) == 1 + 2


async def test_one_that_is_refused_inside_a_transaction_is_kept_when_that_is_rolled_back(
    database: Database,
) -> None:
    class Over(Exception):
        """Ends the transaction."""

    async def refused() -> None:
        async with transaction():
            await note_refusal(a_refusal())
            raise Over

    assert isinstance((await asyncio.gather(refused(), return_exceptions=True))[0], Over)
    assert await written(database) == [(AN_OFFICE, 1)]


async def test_who_hangs_up_takes_nobody_along(database: Database, time_moves: Travel) -> None:
    leaves, stays = (asyncio.create_task(note_refusal(a_refusal())) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()

    await stays

    assert await closed(database, time_moves) == [(AN_OFFICE, 1), (AN_OFFICE, 1)]


async def test_strangers_from_everywhere_are_counted_together_and_somebody_hears_of_it(
    database: Database, time_moves: Travel
) -> None:
    await database.owner.execute(
        "INSERT INTO refusal_tally (id, key, actor_kind, action, result, network, begun_at)"
        " SELECT uuidv7(), int4send(n), 'patient', 'x', 'x', n::text, hub_clock()"
        " FROM generate_series(1, $1::int) n",
        MOST_NETWORKS,
    )

    for n in range(50):
        await note_refusal(a_refusal(f"203.0.113.{n}", actor=new_id()))

    assert await alarms(database) == ["refusals.everywhere"]
    assert await closed(database, time_moves) == [("203.0.113.0", 1), ("", 49)]


async def test_a_new_period_begins_with_a_row_of_its_own(
    database: Database, time_moves: Travel
) -> None:
    await note_refusal(a_refusal())
    await closed(database, time_moves)
    await note_refusal(a_refusal())

    assert await written(database) == [(AN_OFFICE, 1), (AN_OFFICE, 1)]


async def test_the_chain_covers_how_many_a_row_stands_for(
    database: Database, time_moves: Travel
) -> None:
    for _ in range(3):
        await note_refusal(a_refusal())
    await closed(database, time_moves)
    async with database.as_worker():
        await seal_chain()
        assert (await verify_chain()).finding is None

    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET stands_for = 1")

    async with database.as_worker():
        assert (await verify_chain()).finding == Finding(ChainFault.HASH, 2)
