"""A grant never widens by itself: every way is tried, as every role there is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.database import execute, fetch_one, transaction
from tests.conftest import Database, Travel
from tests.harness.auth.caregiving import LAN, TU, Family, a_child, a_family, in_days, signed_in
from tests.harness.auth.reviews import born, desk_lets_in, worker_looks

WIDER = {
    "scope": "'full'",
    "ends_at": "NULL",
    "begins_at": "begins_at - interval '1 day'",
    "review_at": "NULL",
    "review_age": "NULL",
    "kind": "'authorised'",
    "evidence": "'court_decision'",
    "patient": "caregiver",
    "caregiver": "patient",
    "act": "uuidv7()",
    "ended_at": "NULL",
}
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)
MAY_WRITE = {
    ("hub_api", "ended_at"), ("hub_worker", "ended_at"), ("hub_intake", "ended_at"),
    ("hub_intake", "review_at"),
}  # fmt: skip
"""What a role may write at all: there the trigger refuses; everywhere else the right is missing."""
ROLES = ["hub_api", "hub_worker", "hub_intake", "hub_patient", "hub_owner"]


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


async def a_narrow_grant(family: Family, *, ended: bool = False) -> UUID:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    grant: UUID = await family.database.owner.fetchval(
        "INSERT INTO caregiver_grant (patient, caregiver, scope, ends_at, review_at, review_age,"
        " ended_at) VALUES ($1, $2, 'summary', hub_clock() + interval '1 hour', hub_clock(), 7,"
        " CASE WHEN $3 THEN hub_clock() END) RETURNING id",
        tu, lan, ended,
    )  # fmt: skip
    return grant


async def as_role(database: Database, role: str, statement: str) -> None:
    async with database.owner.transaction():
        await database.owner.execute(f"SET LOCAL ROLE {role}")
        await database.owner.execute(statement)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("column", [each for each in WIDER if each != "review_age"])
async def test_no_role_can_widen_a_grant_not_even_the_owner_of_the_table(
    family: Family, database: Database, role: str, column: str
) -> None:
    grant = await a_narrow_grant(family, ended=column == "ended_at")
    before = await database.owner.fetchrow("SELECT * FROM caregiver_grant")

    widening = f"UPDATE caregiver_grant SET {column} = {WIDER[column]} WHERE id = '{grant}'"
    by_trigger = role == "hub_owner" or (role, column) in MAY_WRITE
    with pytest.raises(REFUSED[by_trigger]):
        await as_role(database, role, widening)

    assert await database.owner.fetchrow("SELECT * FROM caregiver_grant") == before


@pytest.mark.parametrize("role", ROLES[:-1])
async def test_nobody_of_the_hub_deletes_a_grant(
    family: Family, database: Database, role: str
) -> None:
    await a_narrow_grant(family)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_role(database, role, "DELETE FROM caregiver_grant")


async def test_nobody_is_their_own_caregiver_and_a_scope_is_one_of_two(
    family: Family, database: Database
) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)

    for caregiver, scope in ((tu, "full"), (lan, "own"), (lan, "FULL")):
        with pytest.raises(asyncpg.CheckViolationError):
            await database.owner.execute(
                "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, $3)",
                tu, caregiver, scope,
            )  # fmt: skip


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("corrected"), st.integers(-4000, 2500)),
        st.tuples(st.just("moved"), st.integers(1, 900)),
        st.tuples(st.just("written"), st.sampled_from(sorted(WIDER))),
        st.tuples(st.just("worker"), st.just(0)),
        st.tuples(st.just("registered again"), st.just(0)),
    ),
    min_size=1,
    max_size=6,
)
REACH = (
    "SELECT scope, ends_at, begins_at, ended_at IS NULL AND coalesce(review_at > hub_clock(), true)"
    " AS opens, review_at FROM caregiver_grant WHERE id = $1"
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
async def test_whatever_happens_without_a_new_grant_no_reach_grows(
    family: Family, database: Database, acts: list[tuple[str, Any]]
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    grant = await desk_lets_in(child, mother)
    try:
        before = await fetch_one(REACH, grant)
        for act in acts:
            await happens(family, person, act, grant)
            after = await fetch_one(REACH, grant)
            assert before
            assert after
            assert [after[n] for n in ("scope", "ends_at", "begins_at")] == [
                before[n] for n in ("scope", "ends_at", "begins_at")
            ]
            assert after["review_at"] is not None
            assert before["opens"] or not after["opens"]
            before = after
    finally:
        await database.owner.execute("UPDATE caregiver_grant SET ended_at = hub_clock()"
                                     " WHERE ended_at IS NULL")  # fmt: skip
        await database.owner.execute("UPDATE clock_offset SET ahead = '0'")
        await family.corrects(person, birth_date=born(in_days(301), 7))
        await family.corrects(person)


async def happens(family: Family, person: Any, act: tuple[str, Any], grant: UUID) -> None:
    match act:
        case ("corrected", days):
            await family.corrects(person, birth_date=born(in_days(int(days)), 7))
        case ("moved", days):
            await family.database.owner.execute(
                "UPDATE clock_offset SET ahead = ahead + $1", timedelta(days=int(days))
            )
        case ("written", column):
            try:
                await execute(
                    f"UPDATE caregiver_grant SET {column} = {WIDER[column]} WHERE id = $1", grant
                )
            except REFUSED:
                return
        case ("worker", _):
            await worker_looks(family.database)
        case _:
            await family.corrects(person)


@pytest.mark.parametrize("who", ["patient", "caregiver"])
async def test_with_the_death_of_either_the_record_closes(
    family: Family, database: Database, who: str
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    father, daughter = await signed_in(tu), await signed_in(lan)
    await family.lets_in(father, daughter, "full")
    assert (await family.reads(daughter, tu, "results")).status_code == 200

    dead = {"patient": TU, "caregiver": LAN}[who]
    await database.owner.execute(
        "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", tu if dead is TU else lan
    )

    assert (await family.reads(daughter, tu, "results")).status_code == 404


async def test_a_grant_that_begins_later_opens_nothing_before(
    family: Family, database: Database, time_moves: Travel
) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope, begins_at)"
        " VALUES ($1, $2, 'full', hub_clock() + interval '1 day')",
        tu, lan,
    )  # fmt: skip

    before = await family.reads(await signed_in(lan), tu)
    async with time_moves(timedelta(days=1, seconds=1)):
        after = await family.reads(await signed_in(lan), tu)

    assert (before.status_code, after.status_code) == (404, 200)


async def test_a_grant_leads_no_further_than_to_one_record(family: Family) -> None:
    child = await family.registers(a_child(in_days(300)))
    tu, lan = await family.registers(TU), await family.registers(LAN)
    await desk_lets_in(child, tu)
    daughter = await signed_in(lan)
    await family.lets_in(await signed_in(tu), daughter, "full")

    assert (await family.reads(daughter, tu)).status_code == 200
    assert (await family.reads(daughter, child)).status_code == 404
    async with transaction():
        assert await fetch_one("SELECT patient FROM caregiver_grant WHERE caregiver = $1", lan)
