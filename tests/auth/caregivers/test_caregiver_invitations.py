"""An invitation: one use, a day, five tries, and nobody learns why it opens nothing."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.credentials.typed_codes import HANDLE, LETTERS, new_code, read
from backend.auth.rules import Level
from backend.core.clock import now
from tests.conftest import Database, Travel
from tests.harness.auth.caregiving import (
    LAN,
    MAI,
    TU,
    Family,
    a_child,
    a_family,
    in_days,
    signed_in,
)


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


def mistyped(code: str) -> str:
    """The same but its last letter: finds the row and does not prove it."""
    return code[:-1] + LETTERS[(LETTERS.index(code[-1]) + 1) % len(LETTERS)]


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code()

    assert read(code.grouped) == read(code.grouped.lower().replace("-", " ")) == code
    assert read("") is read(code.grouped[:-1]) is read(code.grouped[:-1] + "0") is None
    assert read("A" * 5000) is None


async def test_nothing_the_hub_keeps_or_logs_shows_the_code(
    family: Family, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    father = await signed_in(await family.registers(TU))

    code = (await family.code_of(father)).replace("-", "")

    row = str(await database.owner.fetchval("SELECT i::text FROM caregiver_invitation i"))
    trail = str(await database.owner.fetch("SELECT a::text FROM audit_event a"))
    assert code[HANDLE:] not in row + trail + capsys.readouterr().out


async def test_an_invitation_works_once(family: Family, database: Database) -> None:
    father = await signed_in(await family.registers(TU))
    lan, mai = [await signed_in(await family.registers(each)) for each in (LAN, MAI)]
    code = await family.code_of(father)

    first, second = await family.accepts(lan, code), await family.accepts(mai, code)

    assert (first.status_code, second.status_code) == (201, 422)
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_grant") == 1


HELD_BEFORE_USE = """
CREATE FUNCTION held_before_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(77);
    RETURN NULL;
END $$;
CREATE TRIGGER held BEFORE UPDATE OF used_at ON caregiver_invitation
    EXECUTE FUNCTION held_before_use();
"""
"""Both have counted their try then, and neither has used the invitation."""


async def test_of_two_who_type_it_at_once_one_is_admitted(
    family: Family, database: Database
) -> None:
    father = await signed_in(await family.registers(TU))
    both = [await signed_in(await family.registers(each)) for each in (LAN, MAI)]
    code = await family.code_of(father)

    await database.owner.execute(HELD_BEFORE_USE)
    try:
        async with database.owner.transaction():
            await database.owner.execute("SELECT pg_advisory_xact_lock(77)")
            trying = [
                asyncio.create_task(family.accepts(who, code), context=Context()) for who in both
            ]
            while await waiting(database) < 2:
                continue
        answers = await asyncio.gather(*trying)
    finally:
        await database.owner.execute("DROP FUNCTION held_before_use CASCADE")

    assert sorted(each.status_code for each in answers) == [201, 422]
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_grant") == 1


async def waiting(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_after_five_wrong_tries_the_right_one_comes_too_late(family: Family) -> None:
    father = await signed_in(await family.registers(TU))
    lan = await signed_in(await family.registers(LAN))
    code = await family.code_of(father)

    for _ in range(5):
        assert (await family.accepts(lan, mistyped(code))).status_code == 422

    assert (await family.accepts(lan, code)).status_code == 422


async def test_nobody_guesses_without_an_end(family: Family) -> None:
    lan = await signed_in(await family.registers(LAN))

    answers = [await family.accepts(lan, new_code().grouped) for _ in range(11)]

    assert [each.status_code for each in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_whatever_is_wrong_the_answer_is_the_same(
    family: Family, database: Database, time_moves: Travel
) -> None:
    tu = await family.registers(TU)
    lan, child = await family.registers(LAN), await family.registers(a_child(in_days(300)))
    father, daughter = await signed_in(tu), await signed_in(lan)
    used, revoked, own, old, dead, for_child = [await family.code_of(father) for _ in range(6)]
    await family.accepts(await signed_in(await family.registers(MAI)), used)
    await database.owner.execute(
        "UPDATE caregiver_invitation SET revoked_at = now() WHERE handle = $1",
        revoked.replace("-", "")[:HANDLE],
    )

    answers = [
        await family.accepts(daughter, each)
        for each in ("", "no code", new_code().grouped, mistyped(old), used, revoked)
    ]
    answers.append(await family.accepts(father, own))
    answers.append(await family.accepts(await signed_in(child), for_child))
    await database.owner.execute("UPDATE patient SET deceased_at = now() WHERE id = $1", tu)
    answers.append(await family.accepts(daughter, dead))
    async with time_moves(timedelta(hours=24, seconds=1)):
        answers.append(await family.accepts(await signed_in(lan), old))

    assert {(each.status_code, each.text) for each in answers} == {(422, answers[0].text)}
    assert answers[0].json()["code"] == "wrong_invitation"
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_grant") == 1


async def test_an_invitation_is_taken_back(family: Family) -> None:
    father = await signed_in(await family.registers(TU))
    lan = await signed_in(await family.registers(LAN))
    made = (await family.invites(father)).json()
    path = f"/v1/me/caregivers/invitations/{made['id']}"

    shown = await family.lists(father, "caregivers/invitations")
    taken_back = await family.client.delete(path, headers=father)

    assert [each["id"] for each in shown] == [made["id"]]
    assert "invitationCode" not in shown[0]
    assert await family.lists(father, "caregivers/invitations") == []
    assert taken_back.status_code == 204
    assert (await family.client.delete(path, headers=father)).status_code == 404
    assert (await family.accepts(lan, made["invitationCode"])).status_code == 422


async def test_who_signed_in_weakly_neither_invites_nor_accepts_nor_looks(family: Family) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    code = await family.code_of(await signed_in(tu))
    weak, thief = await signed_in(lan, Level.OTP_LIMITED), await signed_in(tu, Level.OTP_LIMITED)

    answers = [
        await family.invites(thief),
        await family.accepts(weak, code),
        await family.client.get("/v1/me/caregivers", headers=thief),
        await family.client.get("/v1/me/cared-for", headers=weak),
    ]

    assert {each.status_code for each in answers} == {403}
    assert (await family.accepts(await signed_in(lan), code)).status_code == 201


@pytest.mark.parametrize("birth", ["", "2015-01-01", "2015"])
async def test_who_is_not_surely_of_age_invites_nobody(
    family: Family, database: Database, birth: str
) -> None:
    person = a_child(in_days(300), birth or "2015")
    child = await family.registers(person)
    if not birth:
        await database.owner.execute("UPDATE patient SET birth_date = NULL WHERE id = $1", child)

    answer = await family.invites(await signed_in(child))

    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_grant")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"scope": "own"}, 400),
        ({"scope": "FULL"}, 400),
        ({"scope": "full", "kind": "parent"}, 400),
        ({"scope": "full", "patient": "0199aaaa-0000-7000-8000-000000000000"}, 400),
        ({"scope": "full", "endsAt": "2040-01-01T00:00:00"}, 400),
        ({"scope": "full", "endsAt": "2020-01-01T00:00:00+07:00"}, 409),
    ],
)
async def test_an_invitation_that_cannot_be_is_not_made(
    family: Family, database: Database, body: dict[str, str], status: int
) -> None:
    father = await signed_in(await family.registers(TU))

    answer = await family.client.post("/v1/me/caregivers/invitations", headers=father, json=body)

    assert answer.status_code == status
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_invitation") == 0


async def test_an_invitation_says_until_when_and_how_much(family: Family) -> None:
    father = await signed_in(await family.registers(TU))
    ends_at = (now() + timedelta(days=30)).isoformat()

    made = (await family.invites(father, "full", endsAt=ends_at)).json()

    assert set(made) == {"id", "invitationCode", "scope", "endsAt", "expiresAt", "charts"}
    assert made["scope"] == "full"
