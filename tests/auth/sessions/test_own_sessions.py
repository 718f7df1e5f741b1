"""Patients see where they are signed in and end it; a SIM card alone cannot throw them out."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.access.access_tokens import verify
from backend.auth.rules import Level
from backend.core.database import new_id
from backend.core.redis import redis
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.openings import open_for
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import (
    LAN,
    TU,
    Tokens,
    a_person,
    citizen,
    hospital_says,
    phone_of,
)
from tests.harness.makers import a_facility
from tests.harness.records.callers import chart_of

SESSIONS = "/v1/me/sessions"
DEVICES = "/v1/me/devices"
ME = "/v1/patients/me"


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile="0977777777"), facility)
    return Prover(client)


async def session_of(phone: Prover, tokens: Tokens) -> dict[str, object]:
    (current,) = [each for each in await listed(phone, tokens) if each["current"]]
    return current


async def listed(phone: Prover, tokens: Tokens) -> list[dict[str, object]]:
    answer = await phone.send("GET", SESSIONS, tokens)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def pushes(database: Database) -> list[bool]:
    rows = await database.owner.fetch(
        "SELECT push_token IS NOT NULL AS yes FROM device ORDER BY id"
    )
    return [row["yes"] for row in rows]


async def slip_is_used(before: Tokens) -> None:
    """The patient signs in again on the same phone, by a slip of the desk."""
    access = verify(before.access_token)
    await open_for(await chart_of(access.session), level=Level.DESK, key=access.bound_to)


async def ends(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = 'sign_in.ended' ORDER BY id"
    )
    return [row["result"] for row in rows]


async def minutes_later(database: Database) -> None:
    """Forget how often somebody asked for a code just now."""
    await redis().flushall()


async def test_patients_see_their_own_sessions_only_a_page_at_a_time(
    phone: Prover, database: Database
) -> None:
    new_phone, tus_phone = Prover(phone.client), Prover(phone.client)
    await tus_phone.sign_in(database, TU)
    lan = await phone.sign_in(database, LAN)
    await minutes_later(database)
    await new_phone.sign_in(database, LAN)

    first = (await phone.send("GET", f"{SESSIONS}?limit=1", lan)).json()
    second = (
        await phone.send("GET", f"{SESSIONS}?limit=1&cursor={first['nextCursor']}", lan)
    ).json()

    assert [each["current"] for each in (*first["items"], *second["items"])] == [False, True]
    (mine,) = second["items"]
    (shared,) = mine["charts"]
    assert (shared["level"], shared["how"], mine["waiting"]) == ("otp", "code", False)
    assert (mine["platform"], mine["model"], mine["name"]) == ("android", "Pixel", "của Lan")


async def test_a_session_that_was_ended_elsewhere_is_over_at_once_and_gets_no_pushes(
    phone: Prover, database: Database
) -> None:
    new_phone = Prover(phone.client)
    old = await phone.sign_in(database, LAN)
    await minutes_later(database)
    new = await new_phone.sign_in(database, LAN)
    await new_phone.send("PUT", f"{DEVICES}/current/push-token", new, {"token": "new"})
    assert await pushes(database) == [False, True]
    ended = (await session_of(new_phone, new))["id"]

    answer = await phone.send("DELETE", f"{SESSIONS}/{ended}", old)

    assert answer.status_code == 204
    assert (await new_phone.send("GET", SESSIONS, new)).status_code == 401
    assert (await new_phone.send("GET", DEVICES, new)).status_code == 401
    assert (await new_phone.send("POST", "/v1/sign-out", new)).status_code == 401
    assert (await new_phone.refresh(new)).status_code == 401
    assert await pushes(database) == [False, False]
    assert [each["id"] for each in await listed(phone, old)] != [ended]
    subject = await database.owner.fetchval(
        "SELECT subject FROM audit_event WHERE action = 'sign_in.ended'"
    )
    assert str(subject) == ended


@pytest.mark.parametrize("of", [SESSIONS, DEVICES])
async def test_what_is_anothers_looks_like_what_does_not_exist(
    phone: Prover, database: Database, of: str
) -> None:
    tus_phone = Prover(phone.client)
    tu = await tus_phone.sign_in(database, TU)
    lan = await phone.sign_in(database, LAN)
    tus = await session_of(tus_phone, tu)
    theirs = tus["id"] if of == SESSIONS else tus["device"]

    of_tu = await phone.send("DELETE", f"{of}/{theirs}", lan)
    of_nobody = await phone.send("DELETE", f"{of}/{new_id()}", lan)

    assert is_problem(of_tu, 404, "not_found")
    assert of_tu.content == of_nobody.content
    assert (await tus_phone.send("GET", ME, tu)).status_code == 200


async def test_ending_a_phone_ends_its_sessions_its_pushes_and_its_trust(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    await phone.send("PUT", f"{DEVICES}/current/push-token", lan, {"token": "lost"})
    device = (await session_of(phone, lan))["device"]

    assert (await phone.send("DELETE", f"{DEVICES}/{device}", lan)).status_code == 204

    assert (await phone.send("GET", ME, lan)).status_code == 401
    assert await pushes(database) == [False]
    await minutes_later(database)
    assert (await phone.sign_in(database, LAN)).level == "otp-limited"


async def test_signing_out_everywhere_else_leaves_this_one(
    phone: Prover, database: Database
) -> None:
    others = [Prover(phone.client) for _ in range(2)]
    lan = await phone.sign_in(database, LAN)
    signed_in = []
    for each in others:
        await minutes_later(database)
        signed_in.append(await each.sign_in(database, LAN))

    assert (await phone.send("DELETE", f"{SESSIONS}/others", lan)).status_code == 204

    assert [each["current"] for each in await listed(phone, lan)] == [True]
    for each, tokens in zip(others, signed_in, strict=True):
        assert (await each.send("GET", SESSIONS, tokens)).status_code == 401


async def test_who_has_only_the_sim_card_cannot_throw_the_patient_out(
    phone: Prover, database: Database
) -> None:
    thiefs = Prover(phone.client)
    lan = await phone.sign_in(database, LAN)
    await minutes_later(database)
    thief = await thiefs.sign_in(database, LAN)
    lans, own = await session_of(phone, lan), await session_of(thiefs, thief)

    for path in (
        f"{SESSIONS}/{lans['id']}", f"{DEVICES}/{lans['device']}", f"{SESSIONS}/others",
        f"{SESSIONS}/{new_id()}",
    ):  # fmt: skip
        refused = await thiefs.send("DELETE", path, thief)
        assert is_problem(refused, 403, "stronger_sign_in_needed")

    assert (await phone.send("GET", ME, lan)).status_code == 200
    assert (await thiefs.send("DELETE", f"{SESSIONS}/{own['id']}", thief)).status_code == 204
    assert await ends(database) == ["stronger_sign_in_needed"] * 4 + ["done"]


async def test_a_phone_that_signed_out_is_a_new_one_where_others_have_the_chart(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    await minutes_later(database)
    await Prover(phone.client).sign_in(database, LAN)
    await phone.send("POST", "/v1/sign-out", lan)
    await minutes_later(database)

    again = await phone.sign_in(database, LAN)

    assert again.level == "otp-limited"
    assert await database.owner.fetchval("SELECT count(*) FROM device") == 2


@pytest.mark.parametrize(("days", "level"), [(100, "otp"), (181, "otp-limited")])
async def test_a_phone_that_was_not_used_for_half_a_year_is_as_good_as_any(
    phone: Prover, database: Database, time_moves: Travel, days: int, level: str
) -> None:
    await phone.sign_in(database, LAN)

    async with time_moves(timedelta(days=days)):
        assert (await phone.sign_in(database, LAN)).level == level


async def test_a_phone_vouched_for_since_the_number_changed_is_a_known_one_again(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    await minutes_later(database)
    await database.owner.execute("UPDATE contact_point SET confirmed_at = hub_clock()")
    await slip_is_used(lan)
    await minutes_later(database)

    assert (await phone.sign_in(database, LAN)).level == "otp"


async def test_a_number_the_desk_looked_at_opens_the_first_phone_fully(
    phone: Prover, database: Database, time_moves: Travel
) -> None:
    async with time_moves(timedelta(days=31)):
        await database.owner.execute(
            "UPDATE contact_point SET confirmed_at = hub_clock(), confirmed_by = 'desk'"
        )

        assert (await phone.sign_in(database, LAN)).level == "otp"


async def test_signing_in_again_on_a_phone_takes_the_place_of_its_session(
    phone: Prover, database: Database
) -> None:
    before = await phone.sign_in(database, LAN)
    await minutes_later(database)

    lan = await phone.sign_in(database, LAN)

    assert (await phone.send("GET", ME, before)).status_code == 401
    assert [each["current"] for each in await listed(phone, lan)] == [True]


async def test_a_known_phone_keeps_its_session_whatever_is_done_to_the_codes(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    attacker = Prover(phone.client)
    for _ in range(3):
        await minutes_later(database)
        asked = await attacker.send(
            "POST", "/v1/sign-in/codes", body={"citizenId": LAN, "phone": await phone_of(LAN)}
        )
        for guess in range(6):
            body = {"challengeId": asked.json()["challengeId"], "code": f"{guess:06}",
                    "device": {"platform": "ios"}}  # fmt: skip
            await attacker.send("POST", "/v1/sign-in/sessions", body=body)

    assert (await phone.send("GET", ME, lan)).status_code == 200
    assert (await phone.refresh(lan)).status_code == 200
