"""A later phone is lifted by an old one, on which the number that it shows is typed in."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from backend.auth.rules import APPROVAL_LIFETIME, APPROVAL_TOLD_AGAIN, APPROVAL_TRIES
from backend.core.redis import redis
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, TU, Tokens, a_person, citizen, hospital_says, tokens_of
from tests.harness.makers import a_facility

SESSIONS = "/v1/me/sessions"
ME = "/v1/patients/me"
ASK = f"{SESSIONS}/current/approval"


@dataclass
class SignedIn:
    phone: Prover
    tokens: Tokens

    async def send(self, method: str, path: str, body: object = None) -> Response:
        return await self.phone.send(method, path, self.tokens, body)

    async def asks(self) -> str:
        answer = await self.send("POST", ASK)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])

    async def sees_waiting(self) -> list[str]:
        items = (await self.send("GET", SESSIONS)).json()["items"]
        return [each["id"] for each in items if each["waiting"]]

    async def types(self, session: str, number: str) -> Response:
        return await self.send("POST", f"{SESSIONS}/{session}/approval", {"number": number})


async def signs_in(client: AsyncClient, database: Database, who: str = LAN) -> SignedIn:
    await redis().flushall()  # nobody minds how often codes were asked for
    phone = Prover(client)
    return SignedIn(phone, await phone.sign_in(database, who))


@pytest.fixture
async def old(client: AsyncClient, database: Database) -> SignedIn:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile="0977777777"), facility)
    return await signs_in(client, database)


@pytest.fixture
async def new(client: AsyncClient, database: Database, old: SignedIn) -> SignedIn:
    return await signs_in(client, database)


def other(number: str) -> str:
    return f"{(int(number) + 1) % 1000:03}"


async def test_a_later_phone_is_lifted_at_once_by_the_number_it_shows(
    old: SignedIn, new: SignedIn, database: Database
) -> None:
    assert new.tokens.level == "otp-limited"
    assert is_problem(await new.send("GET", ME), 403, "stronger_sign_in_needed")
    assert await old.sees_waiting() == []

    number = await new.asks()
    [waiting] = await old.sees_waiting()
    approved = await old.types(waiting, number)

    assert approved.status_code == 204
    assert (await new.send("GET", ME)).status_code == 200
    assert await old.sees_waiting() == []
    assert (await new.phone.refresh(new.tokens)).json()["level"] == "otp"
    acts = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = 'sign_in.approved'"
    )
    assert [each["result"] for each in acts] == ["done"]


@pytest.mark.parametrize("written", [" {}{}{} ", "{} {} {}", "{}-{}\u00a0{}"])
async def test_the_number_may_be_typed_with_blanks(
    old: SignedIn, new: SignedIn, written: str
) -> None:
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    assert (await old.types(waiting, written.format(*number))).status_code == 204


async def test_the_patient_is_told_that_a_phone_waits_once_a_day(
    new: SignedIn, database: Database, time_moves: Travel
) -> None:
    waiting = "SELECT count(*) FROM notification WHERE kind = 'sign_in.device_waiting'"
    first, second = await new.asks(), await new.asks()

    assert first == second
    assert await database.owner.fetchval(waiting) == 1
    async with time_moves(APPROVAL_TOLD_AGAIN + timedelta(minutes=1)):
        new.tokens = tokens_of(await new.phone.refresh(new.tokens))
        await new.asks()
        assert await database.owner.fetchval(waiting) == 2


async def test_after_five_wrong_numbers_not_even_the_right_one_lifts_it(
    old: SignedIn, new: SignedIn
) -> None:
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    answers = await asyncio.gather(
        *(old.types(waiting, other(number)) for _ in range(APPROVAL_TRIES * 2))
    )

    codes = sorted(each.json()["code"] for each in answers)
    assert codes == ["not_waiting"] * APPROVAL_TRIES + ["wrong_approval"] * APPROVAL_TRIES
    assert is_problem(await old.types(waiting, number), 409, "not_waiting")
    assert is_problem(await new.send("POST", ASK), 409, "not_waiting")
    assert is_problem(await new.send("GET", ME), 403, "stronger_sign_in_needed")


async def test_a_number_is_good_for_ten_minutes(
    old: SignedIn, new: SignedIn, time_moves: Travel
) -> None:
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    async with time_moves(APPROVAL_LIFETIME + timedelta(seconds=1)):
        old.tokens = tokens_of(await old.phone.refresh(old.tokens))
        assert await old.sees_waiting() == []
        assert is_problem(await old.types(waiting, number), 409, "not_waiting")


async def test_who_needs_approval_cannot_give_it(
    client: AsyncClient, old: SignedIn, new: SignedIn, database: Database
) -> None:
    another = await signs_in(client, database)
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    for limited in (another, new):
        refused = await limited.types(waiting, number)
        assert is_problem(refused, 403, "stronger_sign_in_needed")

    assert is_problem(await new.send("GET", ME), 403, "stronger_sign_in_needed")
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = 'sign_in.approved'"
    )
    assert [row["result"] for row in rows] == ["stronger_sign_in_needed"] * 2


async def test_nobody_approves_somebody_elses_phone(
    client: AsyncClient, old: SignedIn, new: SignedIn, database: Database
) -> None:
    tu = await signs_in(client, database, TU)
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    assert is_problem(await tu.types(waiting, number), 409, "not_waiting")
    assert is_problem(await new.send("GET", ME), 403, "stronger_sign_in_needed")


async def test_a_phone_that_waits_is_refused_by_ending_it(old: SignedIn, new: SignedIn) -> None:
    number = await new.asks()
    [waiting] = await old.sees_waiting()

    assert (await old.send("DELETE", f"{SESSIONS}/{waiting}")).status_code == 204

    assert (await new.send("GET", SESSIONS)).status_code == 401
    assert is_problem(await old.types(waiting, number), 409, "not_waiting")


async def test_a_session_that_is_over_neither_asks_nor_approves(
    old: SignedIn, new: SignedIn, database: Database
) -> None:
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")
    some = await database.owner.fetchval("SELECT id FROM session LIMIT 1")

    assert is_problem(await new.send("POST", ASK), 401, "not_signed_in")
    assert is_problem(await old.types(str(some), "000"), 401, "not_signed_in")


async def test_an_approved_phone_is_trusted_and_may_approve_the_next(
    client: AsyncClient, old: SignedIn, new: SignedIn, database: Database
) -> None:
    number = await new.asks()
    [waiting] = await old.sees_waiting()
    await old.types(waiting, number)
    await old.send("POST", "/v1/sign-out")
    third = await signs_in(client, database)

    number = await third.asks()
    [waiting] = await new.sees_waiting()

    assert (await new.types(waiting, number)).status_code == 204
    assert (await third.send("GET", ME)).status_code == 200
