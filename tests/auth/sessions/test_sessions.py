"""Sessions are carried on by tokens that work once, and ended at once; pushes follow the person."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.sessions import refresh_tokens
from backend.core.database import new_id
from tests.conftest import Database, Travel
from tests.harness.auth.steps import (
    LAN,
    TU,
    Tokens,
    a_person,
    citizen,
    hospital_says,
    sign_in,
    tokens_of,
)
from tests.harness.makers import a_facility


async def lan_signs_in(client: AsyncClient, database: Database) -> Tokens:
    await hospital_says(a_person(), await a_facility(database))
    return await sign_in(client, database)


async def refreshed(client: AsyncClient, token: str) -> Response:
    return await client.post("/v1/sign-in/refresh", json={"refreshToken": token})


async def profile(client: AsyncClient, tokens: Tokens) -> int:
    return (await client.get("/v1/patients/me", headers=tokens.bearer)).status_code


async def push_token(client: AsyncClient, tokens: Tokens, token: str) -> Response:
    return await client.put(
        "/v1/me/devices/current/push-token", json={"token": token}, headers=tokens.bearer
    )


async def test_a_refresh_token_gives_the_next_ones(client: AsyncClient, database: Database) -> None:
    first = await lan_signs_in(client, database)

    second = tokens_of(await refreshed(client, first.refresh_token))
    third = tokens_of(await refreshed(client, second.refresh_token))

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert third.level == "otp"
    assert await profile(client, third) == 200


async def test_a_refresh_token_shown_again_ends_everything_and_the_patient_is_told(
    client: AsyncClient, database: Database
) -> None:
    stolen = await lan_signs_in(client, database)
    newest = tokens_of(await refreshed(client, stolen.refresh_token))

    replayed = await refreshed(client, stolen.refresh_token)

    assert replayed.status_code == 401
    assert (await refreshed(client, newest.refresh_token)).status_code == 401
    assert await profile(client, newest) == 401
    acts = await database.owner.fetchval(
        "SELECT count(*) FROM audit_event WHERE action = 'sign_in.refresh_reused'"
    )
    assert acts == 1
    assert await database.owner.fetchval("SELECT kind FROM notification") == (
        "sign_in.refresh_reused"
    )


async def test_who_only_knows_a_sessions_id_cannot_end_it(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_signs_in(client, database)
    lan = tokens_of(await refreshed(client, lan.refresh_token))
    mark, session, _, proof = lan.refresh_token.split(".")

    for forged in (
        f"{mark}.{session}.0.{proof}", f"{mark}.{session}.0.", f"{mark}.{session}.2.{proof}",
        f"{mark}.{new_id().hex}.1.{proof}", f"{mark}.{session}.{'9' * 100}.{proof}",
        f"{mark}.{session}.١.{proof}", "", "x" * 200, lan.access_token[:200],
    ):  # fmt: skip
        assert (await refreshed(client, forged)).status_code == 401

    assert await profile(client, lan) == 200


def test_a_refresh_token_is_read_back_as_it_was_made() -> None:
    session = new_id()

    assert refresh_tokens.parse_token(
        refresh_tokens.make_token(session, 7)
    ) == refresh_tokens.Refresh(session, 7)


async def test_no_refresh_token_is_kept(client: AsyncClient, database: Database) -> None:
    lan = await lan_signs_in(client, database)

    kept = str(dict(await database.owner.fetchrow("SELECT * FROM session")))

    assert lan.refresh_token not in kept
    assert lan.refresh_token.rsplit(".", 1)[1] not in kept


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 401)])
async def test_a_session_idle_for_a_month_is_over(
    client: AsyncClient, database: Database, time_moves: Travel, days: int, status: int
) -> None:
    lan = await lan_signs_in(client, database)

    async with time_moves(timedelta(days=days)):
        assert (await refreshed(client, lan.refresh_token)).status_code == status


async def test_after_half_a_year_even_a_busy_session_is_over(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    lan = await lan_signs_in(client, database)

    for week in range(1, 26):
        async with time_moves(timedelta(days=7 * week)):
            lan = tokens_of(await refreshed(client, lan.refresh_token))
    async with time_moves(timedelta(days=181)):
        over = await refreshed(client, lan.refresh_token)

    assert over.status_code == 401


async def test_after_signing_out_the_token_in_hand_opens_nothing(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_signs_in(client, database)
    await push_token(client, lan, "phone-of-lan")
    assert await profile(client, lan) == 200

    signed_out = await client.post("/v1/sign-out", headers=lan.bearer)

    assert signed_out.status_code == 204
    assert await profile(client, lan) == 401
    assert (await client.get("/v1/me/devices", headers=lan.bearer)).status_code == 401
    assert (await push_token(client, lan, "phone-of-lan")).status_code == 401
    assert (await refreshed(client, lan.refresh_token)).status_code == 401
    assert await database.owner.fetchval("SELECT push_token FROM device") is None


async def test_a_session_ended_elsewhere_is_over_at_once(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_signs_in(client, database)
    assert await profile(client, lan) == 200

    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

    assert await profile(client, lan) == 401


async def test_one_push_token_serves_two_people_on_one_phone(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile="0977777777"), facility)
    lan_on_it = await sign_in(client, database, LAN)
    tu_on_it = await sign_in(client, database, TU)
    assert (await push_token(client, lan_on_it, "one-phone")).status_code == 204

    assert (await push_token(client, tu_on_it, "one-phone")).status_code == 204
    assert (await push_token(client, tu_on_it, "one-phone")).status_code == 204

    rows = await database.owner.fetch("SELECT push_token FROM device WHERE push_token IS NOT NULL")
    assert len(rows) == 2
    assert b"one-phone" not in rows[0]["push_token"]


async def test_patients_see_their_own_phones_only(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile="0977777777"), facility)
    await sign_in(client, database, TU)
    lan = await sign_in(client, database, LAN)
    await push_token(client, lan, "phone-of-lan")

    answer = await client.get("/v1/me/devices", headers=lan.bearer)

    (mine,) = answer.json()["items"]
    assert UUID(mine.pop("id")) == await database.owner.fetchval(
        "SELECT device FROM session ORDER BY id DESC LIMIT 1"
    )
    assert {mine.pop("createdAt")[-1], mine.pop("seenAt")[-1]} == {"Z"}
    assert mine == {
        "platform": "android", "model": "Pixel", "name": "của Lan", "current": True,
        "getsPush": True,
    }  # fmt: skip
