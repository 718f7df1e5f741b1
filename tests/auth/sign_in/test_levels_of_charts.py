"""Each chart is open at a level of its own: its registration, its number, its devices."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.sessions.chart_levels import tell_of_waiting_devices
from backend.auth.sessions.slip_rise import confirm_slip, raise_slips
from backend.core.database import new_id, transaction
from backend.core.redis import redis
from tests.conftest import Database, Travel
from tests.harness.auth.charts import HER_PHONE, a_hospital_states, adds, lists
from tests.harness.auth.prover import Prover
from tests.harness.auth.slips import a_slip, types
from tests.harness.auth.steps import LAN, Tokens, code_arrives, sign_in_with, tokens_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def levels(client: AsyncClient, tokens: Tokens) -> dict[str, str | None]:
    return {each["facility"]: each.get("level") for each in await lists(client, tokens)}


async def notices(database: Database, kind: str) -> int:
    return int(
        await database.owner.fetchval("SELECT count(*) FROM notification WHERE kind = $1", kind)
    )


async def test_levels_are_reckoned_for_each_chart_alone(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await a_hospital_states(database, "BV OLD")
    await sign_in_with(client, database, LAN, HER_PHONE)
    async with time_moves(40 * DAY):
        fresh = await a_hospital_states(database, "BV NEW")
        await redis().flushall()
        tokens = await sign_in_with(client, database, LAN, HER_PHONE)

        await adds(client, tokens, charts=[str(fresh)])

        assert await levels(client, tokens) == {"BV OLD": "otp-limited", "BV NEW": "otp"}


async def test_a_known_device_opens_fully_for_the_chart_it_reached_and_for_no_other(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await a_hospital_states(database, "BV A")
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    other = await a_hospital_states(database, "BV B")
    async with time_moves(40 * DAY):
        tokens = await hers.sign_in(database, LAN)
        asked = await hers.send("POST", "/v1/me/charts", tokens, {"charts": [str(other)]})
        assert asked.status_code == 202
        listed = (await hers.send("GET", "/v1/me/charts", tokens)).json()["items"]

    assert {each["facility"]: each["level"] for each in listed} == {
        "BV A": "otp", "BV B": "otp-limited",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("why", "level"),
    [
        ("", "otp"), ("opened_again", "otp"), ("signed_out", "otp-limited"),
        ("ended_by_patient", "otp-limited"), ("lost_phone", "otp-limited"),
        ("refresh_reused", "otp-limited"),
    ],
)  # fmt: skip
async def test_a_device_is_new_again_after_anything_but_time_ended_its_reach(
    client: AsyncClient, database: Database, time_moves: Travel, why: str, level: str
) -> None:
    await a_hospital_states(database, "BV A")
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    if why:
        await database.owner.execute(
            "UPDATE session SET ended_at = hub_clock(), ended_why = $1", why
        )

    async with time_moves(40 * DAY):
        assert (await hers.sign_in(database, LAN)).level == level


async def test_a_device_that_was_not_used_for_half_a_year_is_new(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await a_hospital_states(database, "BV A")
    hers = Prover(client)
    await hers.sign_in(database, LAN)

    async with time_moves(181 * DAY):
        assert (await hers.sign_in(database, LAN)).level == "otp-limited"


async def a_new_phone(client: AsyncClient, database: Database) -> tuple[Prover, Tokens]:
    """She has the app on one phone, and signs in on another with the same SIM card."""
    await a_hospital_states(database, "BV A")
    await Prover(client).sign_in(database, LAN)
    await redis().flushall()
    new = Prover(client)
    return new, await new.sign_in(database, LAN)


@pytest.mark.parametrize(("hours", "level"), [(71, "otp-limited"), (73, "otp")])
async def test_a_second_code_after_72_hours_lifts_a_new_phone_with_the_same_sim(
    client: AsyncClient, database: Database, time_moves: Travel, hours: int, level: str
) -> None:
    new, first = await a_new_phone(client, database)
    assert first.level == "otp-limited"

    async with time_moves(hours * HOUR):
        assert (await new.sign_in(database, LAN)).level == level


async def test_the_second_code_may_be_shown_in_the_session_itself(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    chart = await a_hospital_states(database, "BV A")
    await sign_in_with(client, database, LAN, HER_PHONE)
    await redis().flushall()
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    assert tokens.level == "otp-limited"

    async with time_moves(73 * HOUR):
        renewed = await client.post(
            "/v1/sign-in/refresh", json={"refreshToken": tokens.refresh_token}
        )
        tokens = tokens_of(renewed)
        asked = await adds(client, tokens, charts=[str(chart)])
        challenge = asked.json()["challengeId"]
        code = await code_arrives(database, UUID(challenge))
        shown = await adds(client, tokens, challengeId=challenge, code=code)

        assert shown.json()["opened"] == [str(chart)]
        assert await levels(client, tokens) == {"BV A": "otp"}


async def test_what_rose_by_waiting_opens_no_restricted_record_by_a_code(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    new, _ = await a_new_phone(client, database)
    async with time_moves(73 * HOUR):
        await new.sign_in(database, LAN)
        for _ in range(2):  # also once it is no longer new
            await redis().flushall()
            await new.sign_in(database, LAN)
        await database.owner.execute(
            "UPDATE session_chart SET stepped_up_until = hub_clock() + '1 hour'::interval"
            " WHERE level = 'otp' AND never_restricted"
        )

    rows = await database.owner.fetch(
        "SELECT never_restricted, stepped_up_until FROM session_chart"
        " WHERE level = 'otp' ORDER BY id DESC LIMIT 1"
    )
    assert [tuple(row) for row in rows] == [(True, None)]


@pytest.mark.parametrize("ends", ["session", "session_chart"])
async def test_an_objection_ends_the_waiting_one(
    client: AsyncClient, database: Database, time_moves: Travel, ends: str
) -> None:
    new, _ = await a_new_phone(client, database)
    await database.owner.execute(
        f"UPDATE {ends} SET ended_at = hub_clock(), ended_why = 'ended_by_patient'"
        f" WHERE id = (SELECT id FROM {ends} ORDER BY id DESC LIMIT 1)"
    )

    async with time_moves(73 * HOUR):
        assert (await new.sign_in(database, LAN)).level == "otp-limited"


async def test_a_number_that_had_opened_no_other_phone_lifts_none(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    """A thief has a number of the thief's own stated, on a chart whose owner came by a slip."""
    chart = await a_hospital_states(database, "BV A")
    await types(client, await a_slip(chart))
    thief = Prover(client)
    async with time_moves(40 * DAY):
        assert (await thief.sign_in(database, LAN)).level == "otp-limited"
    async with time_moves(44 * DAY):
        assert (await thief.sign_in(database, LAN)).level == "otp-limited"


async def test_a_new_phone_is_told_at_once_and_when_it_may_rise(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await a_new_phone(client, database)
    told = await notices(database, "sign_in.new_device")

    async with database.as_worker():
        async with time_moves(71 * HOUR):
            await tell_of_waiting_devices()
            before = await notices(database, "sign_in.device_rises")
        async with time_moves(73 * HOUR):
            await tell_of_waiting_devices()
            await tell_of_waiting_devices()

    assert (told, before, await notices(database, "sign_in.device_rises")) == (1, 0, 1)


async def test_a_slip_opens_at_otp_and_rises_after_a_day_without_objection(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    chart = await a_hospital_states(database, "BV A")
    tokens = tokens_of(await types(client, await a_slip(chart)))
    assert tokens.level == "otp"
    assert await notices(database, "slip.used") == 1

    async with time_moves(25 * HOUR):
        async with database.as_worker():
            await raise_slips()
        renewed = await client.post(
            "/v1/sign-in/refresh", json={"refreshToken": tokens.refresh_token}
        )
        assert tokens_of(renewed).level == "desk"


async def test_a_slip_that_somebody_objected_to_never_rises(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    chart = await a_hospital_states(database, "BV A")
    tokens = tokens_of(await types(client, await a_slip(chart)))
    await database.owner.execute("UPDATE activation_slip SET objected_at = hub_clock()")

    async with time_moves(25 * HOUR), database.as_worker():
        await raise_slips()

    assert await levels(client, tokens) == {"BV A": "otp"}


async def test_a_slip_that_a_colleague_confirmed_opens_at_desk_before_and_after(
    client: AsyncClient, database: Database
) -> None:
    chart = await a_hospital_states(database, "BV A")
    tokens = tokens_of(await types(client, await a_slip(chart)))
    slip = await database.owner.fetchval("SELECT id FROM activation_slip")
    async with transaction():
        await confirm_slip(slip, chart, new_id())
    code = await a_slip(chart)
    await database.owner.execute("UPDATE activation_slip SET confirmed_at = hub_clock()")

    assert await levels(client, tokens) == {"BV A": "desk"}
    assert tokens_of(await types(client, code)).level == "desk"
