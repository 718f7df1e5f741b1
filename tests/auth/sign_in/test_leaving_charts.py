"""Not me: a person is rid of a chart that is somebody else's."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.access.access_tokens import verify
from backend.auth.access.gate import Caller
from backend.auth.sign_in.leaving_charts import leave
from backend.core.database import transaction
from backend.core.redis import redis
from tests.conftest import Database, Travel
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    HER_PHONE,
    a_hospital_states,
    leaves,
    lists,
    reads,
    signed_in_at_one,
    states_of,
    steps_up,
)
from tests.harness.auth.openings import open_for
from tests.harness.auth.slips import a_newborn
from tests.harness.auth.stating import goes_to
from tests.harness.auth.steps import (
    LAN,
    Tokens,
    sign_in_with,
)
from tests.harness.makers import reaches


async def test_not_me_takes_a_step_up(client: AsyncClient, database: Database) -> None:
    tokens, chart = await signed_in_at_one(client, database)

    assert (await leaves(client, tokens, chart)).status_code == 403
    assert await states_of(client, tokens) == {"BV A": "open"}


async def test_not_me_ends_reach_binding_and_number_for_good(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    await sign_in_with(client, database, LAN, HER_PHONE)
    await steps_up(database)

    left = await leaves(client, tokens, chart)

    assert left.status_code == 204
    live = await database.owner.fetchval(
        "SELECT count(*) FROM session_chart WHERE chart = $1 AND ended_at IS NULL", chart
    )
    assert live == 0
    async with time_moves(timedelta(hours=2)):
        await redis().flushall()
        await client.post("/v1/sign-in/codes", json={"citizenId": LAN, "phone": HER_PHONE})
        pointed = await database.owner.fetchval(
            "SELECT contact FROM sign_in_challenge ORDER BY id DESC LIMIT 1"
        )
    assert pointed is None


async def test_not_me_after_a_mistaken_slip_leaves_the_others_number_alone(
    client: AsyncClient, database: Database
) -> None:
    child = await a_newborn(database)
    other = await a_hospital_states(database, "BV A", HER_OTHER_PHONE)
    opened = await open_for(other)
    sons = await open_for(other, child, proof="slip")
    tokens = Tokens(sons.access_token, sons.refresh_token, 600, "Bearer", "otp")

    assert (await leaves(client, tokens, other)).status_code == 204

    assert [each["id"] for each in await lists(client, tokens)] == [str(child)]
    owner = Tokens(opened.access_token, opened.refresh_token, 600, "Bearer", "otp")
    assert [each["id"] for each in await lists(client, owner)] == [str(other)]
    assert await database.owner.fetchval("SELECT max(not_theirs_since) FROM contact_point") is None


@pytest.mark.parametrize("proof", ["slip", "vneid"])
async def test_a_number_that_a_code_has_proved_here_is_not_that_of_the_chart_that_is_left(
    client: AsyncClient, database: Database, proof: str
) -> None:
    """Else the chart is found again by it, and its texts still come there."""
    tokens, own = await signed_in_at_one(client, database)
    other = await a_hospital_states(database, "BV B")
    session = verify(tokens.access_token).session
    await reaches(database, session, other, proof=proof)
    await steps_up(database)

    assert (await leaves(client, tokens, other)).status_code == 204

    assert [each["id"] for each in await lists(client, tokens)] == [str(own)]
    assert await goes_to(database, other) == []
    assert await goes_to(database, own) == [0]


async def test_a_number_that_only_was_found_here_stays_that_of_the_chart_that_is_left(
    client: AsyncClient, database: Database
) -> None:
    """A found chart is no proof that its number is held by who found it."""
    tokens, own = await signed_in_at_one(client, database)
    other = await a_hospital_states(database, "BV B", HER_OTHER_PHONE)
    session = verify(tokens.access_token).session
    await database.owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, contact, reached_at)"
        " SELECT uuidv7(), $1, $2, 'found', 'code', id, hub_clock() FROM contact_point"
        " WHERE patient = $3",
        session, await a_hospital_states(database, "BV C"), other,
    )  # fmt: skip
    await reaches(database, session, other, proof="slip")
    await steps_up(database)

    assert (await leaves(client, tokens, other)).status_code == 204

    assert await goes_to(database, other) == [0]
    assert await goes_to(database, own) == [0]


async def test_leaving_while_a_page_is_read_shows_nothing_from_the_commit_on(
    client: AsyncClient, database: Database
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    await steps_up(database)
    caller = Caller(verify(tokens.access_token).session)

    async with transaction():
        await leave(caller, chart)
        meanwhile = await asyncio.create_task(reads(client, tokens, chart), context=Context())
    after = await reads(client, tokens, chart)

    assert (meanwhile.status_code, after.status_code) == (200, 401)
