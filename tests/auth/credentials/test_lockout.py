"""Twenty wrong codes in a row close codes for one citizen id, however slowly they come."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient

from backend.auth.credentials.lockout import reopen_codes
from backend.auth.credentials.one_time_codes import make_code
from backend.auth.credentials.rules import WRONG_IN_A_ROW
from backend.auth.registration.cancelled_identifiers import cancel
from backend.core.audit import Act
from backend.core.database import fetch_value
from backend.notifications.planning.scheduled import close_codes, plan_codes
from tests.conftest import Database, Travel
from tests.harness.auth.steps import (
    LAN,
    STRANGER,
    a_person,
    another_challenge,
    ask,
    citizen,
    code_arrives,
    hospital_says,
    lan_is_registered,
    other_than,
    show,
    sign_in,
)
from tests.harness.makers import a_facility

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
    for minute in range(WRONG_IN_A_ROW // 5):
        async with time_moves(timedelta(minutes=minute * 2)):
            assert await guess_wrong(client, database) == 5


async def failures(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT failures FROM sign_in_account"))


async def closed_notices(database: Database) -> int:
    return int(
        await database.owner.fetchval(
            "SELECT count(*) FROM notification WHERE kind = 'sign_in.codes_closed'"
        )
    )


async def test_who_is_patient_for_sixty_days_gets_twenty_guesses(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    guesses = 0
    for hours in range(0, 60 * 24, HOURS_BETWEEN):
        async with time_moves(timedelta(hours=hours)):
            guesses += await guess_wrong(client, database)

    assert guesses == WRONG_IN_A_ROW
    assert await failures(database) == WRONG_IN_A_ROW
    assert await closed_notices(database) == 1


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


async def test_who_is_told_is_told_once_and_not_while_the_last_guess_is_made(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
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


async def test_a_right_code_takes_back_the_wrong_ones_before_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    for minute in range(3):
        async with time_moves(timedelta(minutes=minute * 2)):
            await guess_wrong(client, database)

    async with time_moves(timedelta(minutes=10)):
        await sign_in(client, database)

    assert await failures(database) == 0


async def test_the_twentieth_try_may_still_be_right(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)
    await show(client, challenge, other_than(code))
    await database.owner.execute("UPDATE sign_in_account SET failures = $1", WRONG_IN_A_ROW - 1)

    assert (await show(client, challenge, code)).status_code == 201


async def test_a_proof_at_the_desk_opens_codes_again(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    lan = await lan_is_registered(database)
    await use_up(client, database, time_moves)

    async with time_moves(timedelta(hours=2)):
        await reopen_codes(lan)
        tokens = await sign_in(client, database)

    assert tokens.level == "otp"
    assert await database.owner.fetchval(
        "SELECT count(*) FROM audit_event WHERE action = 'sign_in.codes_reopened' AND patient = $1",
        lan,
    )


async def test_a_proof_of_who_had_the_number_before_opens_nothing_for_whose_it_is(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    before = await lan_is_registered(database)
    await cancel(before, citizen(LAN), Act(actor_kind="staff", action="citizen_id.cancelled"))
    await hospital_says(
        a_person(birth_date="1986-01-01", mobile="0977777777"), await a_facility(database)
    )
    await use_up(client, database, time_moves)

    await reopen_codes(before)

    assert await failures(database) == WRONG_IN_A_ROW


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


async def test_the_rows_of_a_stranger_look_the_same_and_close_nothing(
    client: AsyncClient, database: Database
) -> None:
    challenge = await ask(client, STRANGER)
    for _ in range(6):
        await show(client, challenge, "000000")

    row = await database.owner.fetchrow("SELECT patient, failures FROM sign_in_account")
    assert tuple(row) == (None, 0)
    assert await fetch_value("SELECT tries FROM sign_in_challenge") == 5
