"""A patient asks for a code and shows it; strangers, thieves and the impatient try the same."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.credentials.one_time_codes import make_code
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import new_id
from backend.core.redis import redis
from backend.notifications.planning.scheduled import plan_codes
from tests.conftest import Database, Travel
from tests.harness.auth.steps import (
    LAN,
    STRANGER,
    TU,
    a_person,
    another_challenge,
    ask,
    citizen,
    code_arrives,
    hospital_number,
    hospital_says,
    lan_is_registered,
    other_than,
    show,
    sign_in,
    tokens_of,
)
from tests.harness.makers import a_facility


async def sessions(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM session"))


async def test_a_patient_signs_in_with_the_code_that_came(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_is_registered(database)

    tokens = await sign_in(client, database)
    profile = await client.get("/v1/patients/me", headers=tokens.bearer)

    assert (tokens.level, tokens.token_type, tokens.expires_in) == ("otp", "Bearer", 600)
    assert (profile.json()["id"], profile.json()["name"]) == (str(lan), "Trần Thị Lan")


@pytest.mark.parametrize(
    "written",
    ["{} {}", "{}-{}", " {}{} ", "{}\u00a0{}", "{}\u2009{}", "{}\u200b{}", "\u2068{}{}\u2069",
     "{}\u2013{}", "{}.{}\n", "{}\u00ad{}", "{}\t{}"],
)  # fmt: skip
async def test_a_code_is_written_as_people_write_it(
    client: AsyncClient, database: Database, written: str
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    answer = await show(client, challenge, written.format(code[:3], code[3:]))

    assert answer.status_code == 201


async def test_digits_of_another_keyboard_are_digits(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert (await show(client, challenge, wide)).status_code == 201


@pytest.mark.parametrize(
    "written", ["", " ", "12 34 5", "1234567", "12345a", "123,456", "1" * 61, "１２３４５", "-" * 6]
)
async def test_what_has_not_six_digits_is_no_try(
    client: AsyncClient, database: Database, written: str
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    refused = await show(client, challenge, written)

    assert refused.status_code == 400
    tries = "SELECT tries FROM sign_in_challenge WHERE id = $1"
    assert await database.owner.fetchval(tries, challenge) == 0
    assert (await show(client, challenge, code)).status_code == 201


async def test_every_answer_of_sign_in_is_kept_by_nobody(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)

    challenge = await ask(client, LAN)
    answers = [
        await another_challenge(client, LAN),
        await another_challenge(client, STRANGER),
        await show(client, challenge, "000000"),
        await show(client, challenge, await code_arrives(database, challenge)),
    ]

    assert [answer.status_code for answer in answers] == [429, 202, 401, 201]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_the_worker_takes_up_each_request_once_and_writes_to_no_stranger(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_is_registered(database)
    known, unknown = await ask(client, LAN), await ask(client, STRANGER)

    async with database.as_worker():
        planned = [await plan_codes(), await plan_codes()]

    told = await database.owner.fetch("SELECT subject, patient, ticket FROM notification")
    assert planned == [1, 0]
    assert [tuple(row) for row in told] == [(known, lan, "011")]
    assert await database.owner.fetchval(
        "SELECT told_at IS NOT NULL FROM sign_in_challenge WHERE id = $1", unknown
    )


async def test_no_code_is_kept_and_none_begins_without_its_zeros(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)

    async with database.as_worker():
        codes = [await make_code(challenge) for _ in range(200)]

    assert {len(code or "") for code in codes} == {6}
    assert any((code or "").startswith("0") for code in codes)
    kept = await database.owner.fetchrow("SELECT * FROM sign_in_challenge")
    assert kept["code_hash"] == lookup_hash("code", f"{challenge}:{codes[-1]}")
    assert (codes[-1] or "?") not in str(dict(kept) | {"id": "", "code_hash": ""})


async def test_a_phone_said_to_be_wrong_gets_no_code(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    await database.owner.execute("UPDATE contact_point SET wrong_since = hub_clock()")

    await ask(client, LAN)

    async with database.as_worker():
        assert await plan_codes() == 0


async def test_a_code_opens_one_session_however_many_show_it_at_once(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    answers = await asyncio.gather(*(show(client, challenge, code) for _ in range(50)))

    assert sorted({answer.status_code for answer in answers}) == [201, 401]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert await sessions(database) == 1
    assert await database.owner.fetchval("SELECT count(*) FROM device") == 1


async def test_a_used_code_is_worthless(client: AsyncClient, database: Database) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)
    tokens_of(await show(client, challenge, code))

    again = await show(client, challenge, code)

    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
    assert await sessions(database) == 1


async def test_five_wrong_guesses_kill_a_code_however_fast_they_come(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    guesses = await asyncio.gather(*(show(client, challenge, other_than(code)) for _ in range(100)))
    right = await show(client, challenge, code)

    assert {guess.json()["code"] for guess in guesses} == {"wrong_code"}
    assert await database.owner.fetchval("SELECT tries FROM sign_in_challenge") == 5
    assert right.status_code == 401
    assert await sessions(database) == 0


async def test_the_fifth_try_may_still_be_right(client: AsyncClient, database: Database) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)
    for _ in range(4):
        await show(client, challenge, other_than(code))

    assert (await show(client, challenge, code)).status_code == 201


@pytest.mark.parametrize(("seconds", "status"), [(295, 201), (301, 401)])
async def test_a_code_lives_five_minutes(
    client: AsyncClient, database: Database, time_moves: Travel, seconds: int, status: int
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, LAN)
    code = await code_arrives(database, challenge)

    async with time_moves(timedelta(seconds=seconds)):
        assert (await show(client, challenge, code)).status_code == status


async def test_a_newer_request_kills_the_older_code(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    older = await ask(client, LAN)
    old_code = await code_arrives(database, older)

    async with time_moves(timedelta(seconds=61)):
        newer = await ask(client, LAN)
        new_code = await code_arrives(database, newer)

        assert (await show(client, older, old_code)).status_code == 401
        assert (await show(client, newer, new_code)).status_code == 201


async def test_a_code_opens_only_its_own_challenge(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile="0977777777"), facility)
    hers, his = await ask(client, LAN), await ask(client, TU)
    code = await code_arrives(database, hers)

    assert (await show(client, his, code)).status_code == 401
    assert (await show(client, new_id(), code)).status_code == 401
    assert await sessions(database) == 0


async def test_nobody_signs_in_by_a_hospital_number(
    client: AsyncClient, database: Database
) -> None:
    mans = "079085000011"  # of a man: for a woman no citizen id, wherever it comes from
    await hospital_says(a_person(hospital_number(mans)), await a_facility(database))

    await ask(client, mans, "+84912345678")

    async with database.as_worker():
        assert await plan_codes() == 0


async def test_every_try_is_written_down_without_the_code(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_is_registered(database)
    for _ in range(2):
        challenge = await ask(client, LAN)
        code = await code_arrives(database, challenge)
        await show(client, challenge, other_than(code))
        await show(client, challenge, code)
        await redis().flushall()

    rows = await database.owner.fetch(
        "SELECT patient, result FROM audit_event WHERE action = 'sign_in.code' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (None, "wrong_code"), (lan, "done"),  # before anybody had shown that the number is theirs
        (lan, "wrong_code"), (lan, "done"),
    ]  # fmt: skip
