"""Twenty wrong codes in 30 days close one pair of an id and a number, for 30 days."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.credentials.one_time_codes import make_code
from backend.auth.credentials.rules import WRONG_IN_A_MONTH
from backend.core.database import fetch_value
from backend.core.redis import redis
from backend.notifications.planning.scheduled import close_codes, plan_codes
from tests.conftest import Database, Travel
from tests.harness.auth.charts import HER_PHONE, a_hospital_states
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import (
    LAN,
    another_challenge,
    ask,
    code_arrives,
    lan_is_registered,
    other_than,
    show,
    sign_in,
)

HOURS_BETWEEN = 8


async def worker_works(database: Database, challenge: UUID) -> str | None:
    """The worker takes up what there is; the code it made, if it made one."""
    async with database.as_worker():
        sent = await plan_codes()
        await close_codes()
        return await make_code(challenge) if sent else None


async def guess_wrong(client: AsyncClient, database: Database) -> int:
    """Ask for a code and guess five times; give how many guesses could have been right."""
    asked = await another_challenge(client, LAN)
    if asked.status_code != 202:
        return 0
    challenge = UUID(asked.json()["challengeId"])
    code = await worker_works(database, challenge)
    for _ in range(5):
        await show(client, challenge, other_than(code or "000000"))
    return 5 if code else 0


async def use_up(client: AsyncClient, database: Database, time_moves: Travel) -> None:
    for minute in range(WRONG_IN_A_MONTH // 5):
        async with time_moves(timedelta(minutes=minute * 2)):
            assert await guess_wrong(client, database) == 5


async def wrong_codes(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT cardinality(wrong_at) FROM sign_in_pair"))


async def closed_notices(database: Database) -> int:
    return int(
        await database.owner.fetchval(
            "SELECT count(*) FROM notification WHERE kind = 'sign_in.codes_closed'"
        )
    )


async def test_who_is_patient_gets_twenty_guesses_in_thirty_days(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    guesses = 0
    for hours in range(0, 29 * 24, HOURS_BETWEEN):
        async with time_moves(timedelta(hours=hours)):
            guesses += await guess_wrong(client, database)

    assert guesses == WRONG_IN_A_MONTH


async def test_a_closed_pair_opens_again_after_thirty_days(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await use_up(client, database, time_moves)

    async with time_moves(timedelta(hours=1)), database.as_worker():
        await close_codes()
    async with time_moves(timedelta(days=29)):
        assert await guess_wrong(client, database) == 0
    async with time_moves(timedelta(days=31)):
        await sign_in(client, database)


async def test_twenty_wrong_codes_over_more_than_thirty_days_close_nothing(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    guesses = 0
    for week in range(0, 12, 2):
        async with time_moves(timedelta(days=7 * week)):
            guesses += await guess_wrong(client, database)

    assert guesses == 5 * 6


async def test_the_right_code_opens_nothing_once_codes_are_closed(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await use_up(client, database, time_moves)

    async with time_moves(timedelta(hours=2)):
        challenge = await ask(client, LAN)
        code = await code_arrives(database, challenge)  # as if the worker had not looked
        refused = await show(client, challenge, code)

    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_code")
    assert await database.owner.fetchval("SELECT count(*) FROM session") == 0


async def test_a_bound_number_is_told_once_and_not_while_the_last_guess_is_made(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await sign_in(client, database)
    await redis().flushall()
    await use_up(client, database, time_moves)

    async with database.as_worker():
        await close_codes()
        at_once = await closed_notices(database)
        async with time_moves(timedelta(hours=1)):
            await close_codes()
            await close_codes()

    assert (at_once, await closed_notices(database)) == (0, 1)
    assert (
        await database.owner.fetchval(
            "SELECT count(*) FROM audit_event WHERE action = 'sign_in.codes_closed'"
        )
        == 1
    )


async def test_who_goes_on_guessing_keeps_nobody_from_being_told(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await sign_in(client, database)
    await redis().flushall()
    await use_up(client, database, time_moves)

    async with time_moves(timedelta(minutes=10)):
        await show(client, await ask(client, LAN), "000000")
        async with database.as_worker():
            await close_codes()

    assert await closed_notices(database) == 1


async def test_nobody_is_told_where_a_number_is_only_stated(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await use_up(client, database, time_moves)

    async with database.as_worker(), time_moves(timedelta(hours=1)):
        await close_codes()

    assert await closed_notices(database) == 0
    assert await fetch_value("SELECT closed_until > hub_clock() FROM sign_in_pair")


async def test_a_right_code_is_not_counted_and_takes_no_wrong_one_back(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await guess_wrong(client, database)

    async with time_moves(timedelta(minutes=10)):
        await sign_in(client, database)

    assert await wrong_codes(database) == 5


async def test_the_twentieth_try_may_still_be_right(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)
    await show(client, challenge, other_than(code))
    await database.owner.execute(
        "UPDATE sign_in_pair SET wrong_at = array_fill(hub_clock(), ARRAY[$1::int])",
        WRONG_IN_A_MONTH - 1,
    )

    assert (await show(client, challenge, code)).status_code == 201


async def test_a_signed_in_phone_goes_on_while_somebody_uses_up_the_codes(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    tokens = await sign_in(client, database)

    async with time_moves(timedelta(minutes=5)):
        await use_up(client, database, time_moves)
    async with time_moves(timedelta(hours=24)):
        carried_on = await client.post(
            "/v1/sign-in/refresh", json={"refreshToken": tokens.refresh_token}
        )

    assert carried_on.status_code == 200


async def test_a_known_device_has_counts_that_nobody_else_spends_or_closes(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    """The former husband with the family phone: ten requests a day, twenty wrong codes."""
    await lan_is_registered(database)
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    await redis().flushall()

    for minute in range(4):
        async with time_moves(timedelta(minutes=2 * minute)):
            await guess_wrong(client, database)
    async with time_moves(timedelta(hours=1)):
        async with database.as_worker():
            await close_codes()
        for _ in range(10):
            await another_challenge(client, LAN)
        tokens = await hers.sign_in(database, LAN)

    assert tokens.level == "otp"


async def test_a_request_of_another_device_does_not_end_the_challenge_of_a_known_one(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    await redis().flushall()
    asked = await hers.send(
        "POST", "/v1/sign-in/codes", body={"citizenId": LAN, "phone": HER_PHONE}
    )

    await ask(client, LAN, HER_PHONE)

    assert (await hers.show_code(database, asked.json()["challengeId"])).status_code == 201


@pytest.mark.parametrize("why", ["ended_by_patient", "signed_out", "lost_phone"])
async def test_a_device_whose_reach_somebody_ended_counts_with_all_others(
    client: AsyncClient, database: Database, time_moves: Travel, why: str
) -> None:
    await lan_is_registered(database)
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    await redis().flushall()
    await database.owner.execute("UPDATE session SET ended_at = hub_clock(), ended_why = $1", why)
    await use_up(client, database, time_moves)

    async with time_moves(timedelta(hours=1)):
        wanted = {"citizenId": LAN, "phone": HER_PHONE}
        asked = await hers.send("POST", "/v1/sign-in/codes", body=wanted)
        async with database.as_worker():
            assert await plan_codes() == 0

    assert asked.status_code == 202


async def test_wrong_codes_for_one_number_close_no_other(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await a_hospital_states(database, "BV A", "+84977777777")
    await lan_is_registered(database)
    for minute in range(4):
        async with time_moves(timedelta(minutes=2 * minute)):
            challenge = await ask(client, LAN, "+84977777777")
            code = await worker_works(database, challenge)
            for _ in range(5):
                await show(client, challenge, other_than(code or "000000"))

    async with time_moves(timedelta(hours=1)):
        challenge = await ask(client, LAN, HER_PHONE)
        opened = await show(client, challenge, await code_arrives(database, challenge))

    assert opened.status_code == 201
