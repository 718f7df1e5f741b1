"""A living session reaches more: by a yes, by another number, by a slip."""

import asyncio
from contextvars import Context
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.database import transaction
from backend.core.redis import redis
from tests.conftest import Database
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    HER_PHONE,
    a_code_for,
    a_hospital_states,
    adds,
    facility_of,
    her,
    lists,
    person_of,
    reads,
    signed_in_at_one,
    states,
    states_of,
)
from tests.harness.auth.openings import open_for
from tests.harness.auth.phone_steps import the_worker_runs
from tests.harness.auth.slips import a_slip, other_secret
from tests.harness.auth.steps import (
    LAN,
    NOBODYS_PHONE,
    STRANGER,
    TU,
    Tokens,
    code_arrives,
    hospital_number,
    hospital_says,
    other_than,
    show,
    sign_in_with,
    tokens_of,
)
from tests.harness.makers import a_facility


async def test_a_hospital_that_came_later_is_found_and_its_yes_takes_a_code(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    later = await a_hospital_states(database, "BV B")

    found = [each for each in await lists(client, tokens) if each["state"] == "found"]
    asked = await adds(client, tokens, charts=[str(later)])
    before = await states_of(client, tokens)
    challenge = asked.json()["challengeId"]
    code = await code_arrives(database, UUID(challenge))
    wrong = await adds(client, tokens, challengeId=challenge, code=other_than(code))
    right = await adds(client, tokens, challengeId=challenge, code=code)

    assert [(each["id"], each["yesTakesCode"]) for each in found] == [(str(later), True)]
    assert asked.json().get("opened", []) == []
    assert before["BV B"] == "found"
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    assert right.json()["opened"] == [str(later)]
    assert await states_of(client, tokens) == {"BV A": "open", "BV B": "open"}


async def test_a_hospital_with_another_number_is_not_found_by_itself(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    await a_hospital_states(database, "BV C", HER_OTHER_PHONE)

    assert await states_of(client, tokens) == {"BV A": "open"}


async def test_another_number_opens_the_chart_that_has_it(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    old = await a_hospital_states(database, "BV C", HER_OTHER_PHONE)

    challenge, code = await a_code_for(client, database, tokens, LAN, HER_OTHER_PHONE)
    opened = await adds(client, tokens, challengeId=challenge, code=code)

    assert opened.json()["opened"] == [str(old)]
    assert await states_of(client, tokens) == {"BV A": "open", "BV C": "open"}
    assert (await reads(client, tokens, old)).status_code == 200


async def test_asking_is_answered_alike_whoever_it_is_about(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    await a_hospital_states(database, "BV C", HER_OTHER_PHONE)

    pairs = [(LAN, HER_OTHER_PHONE), (LAN, NOBODYS_PHONE), (STRANGER, NOBODYS_PHONE)]
    answers = [await adds(client, tokens, citizenId=number, phone=phone) for number, phone in pairs]

    shapes = {(each.status_code, len(each.content), *sorted(each.json())) for each in answers}
    assert len(shapes) == 1
    assert answers[0].status_code == 202


async def test_a_code_of_one_session_opens_nothing_in_another_and_no_session(
    client: AsyncClient, database: Database
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    await a_hospital_states(database, "BV C", HER_OTHER_PHONE)
    challenge, code = await a_code_for(client, database, tokens, LAN, HER_OTHER_PHONE)
    opened = await open_for(chart)
    other = Tokens(opened.access_token, opened.refresh_token, 600, "Bearer", "otp")

    elsewhere = await adds(client, other, challengeId=challenge, code=code)
    device = {"platform": "android"}
    at_the_door = await client.post(
        "/v1/sign-in/sessions", json={"challengeId": challenge, "code": code, "device": device}
    )

    assert [each.status_code for each in (elsewhere, at_the_door)] == [401, 401]


async def test_a_slip_shows_the_name_then_adds_the_chart_of_the_same_person(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    old = await a_hospital_states(database, "BV C", HER_OTHER_PHONE)
    code = await a_slip(old)

    named = await adds(client, tokens, activationCode=code)
    added = await adds(client, tokens, activationCode=code, same=True)
    again = await adds(client, tokens, activationCode=code, same=True)

    assert (named.status_code, named.json()["name"]) == (202, "Trần Thị Lan")
    assert added.json()["opened"] == [str(old)]
    assert (again.status_code, again.json()["code"]) == (401, "wrong_slip")
    levels = {each["facility"]: each["level"] for each in await lists(client, tokens)}
    assert levels == {"BV A": "otp", "BV C": "otp"}


async def test_wrong_slips_are_counted_and_refused_alike(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    old = await a_hospital_states(database, "BV C", HER_OTHER_PHONE)
    code = await a_slip(old)

    answers = [
        await adds(client, tokens, activationCode=shown, same=True)
        for shown in ("ABCD-EFGH-JKMN-PQRS-TUWX", *[other_secret(code)] * 5, code)
    ]

    assert {each.status_code for each in answers} == {401}
    assert len({each.text for each in answers}) == 1


@pytest.mark.parametrize(
    "said",
    [
        {}, {"charts": []}, {"phone": HER_PHONE}, {"code": "000000"}, {"same": True},
        {"citizenId": LAN, "phone": HER_PHONE, "activationCode": "A"},
        {"charts": ["0199aaaa-0000-7000-8000-000000000000"], "phone": HER_PHONE},
        {"challengeId": "0199aaaa-0000-7000-8000-000000000000"}, {"charts": ["x"]},
    ],
)  # fmt: skip
async def test_what_is_no_way_to_add_a_chart_changes_nothing(
    client: AsyncClient, database: Database, said: dict[str, object]
) -> None:
    tokens, _ = await signed_in_at_one(client, database)

    refused = await adds(client, tokens, **said)

    assert refused.status_code in {400, 422}, refused.text
    assert await states_of(client, tokens) == {"BV A": "open"}


async def test_nobody_says_yes_to_what_was_not_found_in_this_session(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    stranger = await states(await a_facility(database), her(number=TU, phone=NOBODYS_PHONE))
    one, other = [await a_hospital_states(database, name, HER_OTHER_PHONE) for name in "CD"]
    elsewhere = await sign_in_with(client, database, LAN, HER_OTHER_PHONE)

    for charts in ([stranger], [one], [one, other]):
        refused = await adds(client, tokens, charts=[str(each) for each in charts])
        assert refused.status_code == 404
    assert len(await lists(client, elsewhere)) == 2


async def test_two_yes_at_once_open_each_chart_once(
    client: AsyncClient, database: Database
) -> None:
    charts = [await a_hospital_states(database, name) for name in ("BV A", "BV B", "BV C")]
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    said = [str(each) for each in charts]
    answers = await asyncio.gather(*(adds(client, tokens, charts=said) for _ in range(6)))

    assert [each.status_code for each in answers].count(202) >= 1
    assert set((await states_of(client, tokens)).values()) == {"open"}
    rows = await database.owner.fetchval(
        "SELECT count(*) FROM session_chart WHERE ended_at IS NULL AND level = 'otp'"
    )
    assert rows == 3


async def test_a_yes_while_the_hospital_states_another_number_opens_nothing(
    client: AsyncClient, database: Database
) -> None:
    charts = [await a_hospital_states(database, name) for name in ("BV A", "BV B")]
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    facility = await facility_of(database, charts[0])

    async with transaction(), asyncio.timeout(20):
        await hospital_says(her(phone=HER_OTHER_PHONE), facility)
        yes = asyncio.create_task(adds(client, tokens, charts=[str(charts[0])]), context=Context())
        done, _ = await asyncio.wait({yes}, timeout=0.5)
        assert not done

    assert (await yes).status_code == 404
    assert await states_of(client, tokens) == {"BV B": "found"}


async def test_a_found_chart_with_another_id_by_now_is_found_no_more(
    client: AsyncClient, database: Database
) -> None:
    one, _ = [await a_hospital_states(database, name) for name in ("BV A", "BV B")]
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    await database.owner.execute(
        "DELETE FROM patient_lookup WHERE patient = $1 AND kind = 'citizen-id'", one
    )

    assert await states_of(client, tokens) == {"BV B": "found"}
    assert (await adds(client, tokens, charts=[str(one)])).status_code == 404


async def test_the_worker_sends_the_codes_that_a_session_asks_for(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    await a_hospital_states(database, "BV C", HER_OTHER_PHONE)

    await adds(client, tokens, citizenId=LAN, phone=HER_OTHER_PHONE)

    arrived = await the_worker_runs(database)
    assert arrived.code_at(HER_OTHER_PHONE, LAN[-3:])


async def test_a_person_without_a_citizen_id_signs_in_by_the_hospital_number(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    code = await database.owner.fetchval("SELECT code FROM facility WHERE id = $1", facility)
    child = {"identifiers": (hospital_number("SS-7"),), "mobile": HER_PHONE}
    chart = (await hospital_says(person_of(child), facility)).patient
    wanted = {"facility": code, "hospitalNumber": "SS-7", "phone": HER_PHONE}

    stated = await client.post("/v1/sign-in/codes", json=wanted)
    pointed = await database.owner.fetchval("SELECT contact FROM sign_in_challenge")
    await database.owner.execute("UPDATE contact_point SET confirmed_by = 'desk'")
    await redis().flushall()
    bound = await client.post("/v1/sign-in/codes", json=wanted)
    challenge = UUID(bound.json()["challengeId"])
    opened = await show(client, challenge, await code_arrives(database, challenge))

    assert (stated.status_code, pointed) == (202, None)
    assert [each["id"] for each in await lists(client, tokens_of(opened))] == [str(chart)]
