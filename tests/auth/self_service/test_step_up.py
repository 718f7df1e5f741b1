"""A patient proves anew who holds the phone, and sees what is restricted for a while."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from msgspec import structs

from backend.auth.access import access_tokens
from backend.sandbox.demo.story_bundles import visit
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    OLD,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    the_worker_runs,
)
from tests.harness.auth.steps import Tokens, other_than, show
from tests.harness.intake.hospital import a_hospital, an_hour_ago

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def lan(database: Database, client: AsyncClient) -> Tokens:
    """Signed in, with one result, which is restricted."""
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await hospital.posts(visit(LAN, an_hour_ago()))
    await database.owner.execute("UPDATE result SET restriction = 'hiv'")
    return await signs_in(client, database, LAN)


def later(who: Tokens, was: access_tokens.Access) -> Tokens:
    """Give the same session a fresh access token, as a refresh does."""
    return structs.replace(who, access_token=access_tokens.issue(was.session))


async def asks(client: AsyncClient, who: Tokens) -> Response:
    return await client.post("/v1/me/step-up/codes", headers=who.bearer)


async def asks_well(client: AsyncClient, who: Tokens) -> str:
    answer = await asks(client, who)
    assert answer.status_code == 202, answer.text
    challenge: str = answer.json()["challengeId"]
    return challenge


async def shows(client: AsyncClient, who: Tokens, challenge: str, code: str) -> Response:
    return await client.post(
        "/v1/me/step-up", headers=who.bearer, json={"challengeId": challenge, "code": code}
    )


async def results(client: AsyncClient, who: Tokens) -> int:
    answer = await client.get("/v1/patients/me/results", headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


async def test_the_code_opens_what_is_restricted_for_a_quarter_of_an_hour(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    signed_in = access_tokens.verify(lan.access_token)
    async with time_moves(2 * MINUTE):
        before = await results(client, lan)
        challenge = await asks_well(client, lan)
        code = (await the_worker_runs(database)).code_at(OLD)
        answer = await shows(client, lan, challenge, code)
        during = await results(client, lan)
    async with time_moves(17 * MINUTE + timedelta(seconds=1)):
        after = await results(client, later(lan, signed_in))

    assert answer.status_code == 200, answer.text
    assert (before, during, after) == (0, 1, 0)
    acts = await database.owner.fetch(
        "SELECT action, result FROM audit_event WHERE action LIKE 'step_up%' ORDER BY id"
    )
    assert [tuple(row) for row in acts] == [("step_up.code", "done"), ("step_up", "done")]


async def test_it_is_over_when_its_owner_says_so(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    async with time_moves(2 * MINUTE):
        challenge = await asks_well(client, lan)
        await shows(client, lan, challenge, (await the_worker_runs(database)).code_at(OLD))

        ended = await client.delete("/v1/me/step-up", headers=lan.bearer)

        assert ended.status_code == 204
        assert await results(client, lan) == 0


async def test_a_code_is_good_once_and_five_wrong_ones_end_it(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    async with time_moves(2 * MINUTE):
        challenge = await asks_well(client, lan)
        code = (await the_worker_runs(database)).code_at(OLD)
        wrong = [await shows(client, lan, challenge, other_than(code)) for _ in range(5)]
        too_late = await shows(client, lan, challenge, code)
        assert await results(client, lan) == 0
    async with time_moves(4 * MINUTE):
        challenge = await asks_well(client, lan)
        code = (await the_worker_runs(database)).code_at(OLD)
        first, again = [await shows(client, lan, challenge, code) for _ in range(2)]

    assert {each.json()["code"] for each in [*wrong, too_late, again]} == {"wrong_phone_code"}
    assert first.status_code == 200


async def test_a_code_is_good_for_the_session_that_asked_and_for_nothing_else(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    async with time_moves(2 * MINUTE):
        other = await signs_in_at_the_desk(await patient_of(database, LAN))
        await client.delete("/v1/me/step-up", headers=other.bearer)
        challenge = await asks_well(client, lan)
        code = (await the_worker_runs(database)).code_at(OLD)

        elsewhere = await shows(client, other, challenge, code)
        as_sign_in = await show(client, UUID(challenge), code)

        assert elsewhere.json()["code"] == "wrong_phone_code"
        assert (as_sign_in.status_code, as_sign_in.json()["code"]) == (401, "wrong_code")
        assert await results(client, other) == 0


async def test_a_session_that_a_paper_opened_begins_stepped_up(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    at_desk = await signs_in_at_the_desk(await patient_of(database, LAN))
    assert await results(client, at_desk) == 1
    assert await results(client, lan) == 0


async def test_a_limited_session_cannot_step_up(
    client: AsyncClient, database: Database, lan: Tokens
) -> None:
    await database.owner.execute("UPDATE session_chart SET level = 'otp-limited'")

    answers = [await asks(client, lan), await shows(client, lan, str(UUID(int=1)), "000000")]

    assert [each.json()["code"] for each in answers] == ["stronger_sign_in_needed"] * 2


async def test_without_a_number_there_is_the_desk(
    client: AsyncClient, database: Database, lan: Tokens
) -> None:
    await database.owner.execute("UPDATE contact_point SET wrong_since = hub_clock()")

    answer = await asks(client, lan)

    assert (answer.status_code, answer.json()["code"]) == (409, "number_needs_desk")


async def test_an_ended_session_does_not_step_up(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    async with time_moves(2 * MINUTE):
        challenge = await asks_well(client, lan)
        code = (await the_worker_runs(database)).code_at(OLD)
        await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

        assert (await shows(client, lan, challenge, code)).status_code == 401


async def test_codes_are_counted_for_the_patient(
    client: AsyncClient, database: Database, time_moves: Travel, lan: Tokens
) -> None:
    async with time_moves(2 * MINUTE):
        first, second = await asks(client, lan), await asks(client, lan)

    assert (first.status_code, second.status_code) == (202, 429)
