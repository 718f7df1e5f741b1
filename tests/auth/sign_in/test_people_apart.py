"""One session never reaches the charts of two people."""

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    a_code_for,
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
from tests.harness.auth.slips import a_slip
from tests.harness.auth.steps import (
    TU,
    Tokens,
    citizen,
    hospital_number,
    hospital_says,
)
from tests.harness.makers import a_facility


async def test_a_right_code_about_another_person_is_refused_and_opens_nothing(
    client: AsyncClient, database: Database
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    await states(await a_facility(database), her(phone=HER_OTHER_PHONE, number=TU, sex="male"))

    challenge, code = await a_code_for(client, database, tokens, TU, HER_OTHER_PHONE)
    refused = await adds(client, tokens, challengeId=challenge, code=code)

    assert (refused.status_code, refused.json()["code"]) == (409, "another_person")
    assert await states_of(client, tokens) == {"BV A": "open"}


async def test_a_fathers_slip_in_the_sons_app_opens_a_second_session_on_that_phone(
    client: AsyncClient, database: Database
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    father = await states(await a_facility(database), her(number=TU, sex="male"))
    code = await a_slip(father)

    refused = await adds(client, tokens, activationCode=code, same=True)
    opened = await adds(client, tokens, activationCode=code, same=False)
    second = opened.json()["session"]
    his = Tokens(second["accessToken"], second["refreshToken"], 600, "Bearer", second["level"])

    assert (refused.status_code, refused.json()["code"]) == (409, "another_person")
    assert [each["id"] for each in await lists(client, his)] == [str(father)]
    assert [each["id"] for each in await lists(client, tokens)] == [str(chart)]
    assert await database.owner.fetchval("SELECT count(DISTINCT device) FROM session") == 1
    assert await database.owner.fetchval("SELECT count(*) FROM session WHERE ended_at IS NULL") == 2


@pytest.mark.parametrize(
    ("details", "joins"),
    [
        ({}, True), ({"birth_date": "1985"}, True), ({"birth_date": "1985-01-01"}, True),
        ({"birth_date": "1986-03-12"}, False), ({"sex": "male"}, False), ({"sex": "unknown"}, True),
        ({"birth_date": None}, True),
    ],
)  # fmt: skip
async def test_a_chart_without_an_id_joins_unless_birth_or_sex_contradict(
    client: AsyncClient,
    database: Database,
    details: dict[str, str],
    joins: bool,  # noqa: FBT001  # a column of the table
) -> None:
    tokens, _ = await signed_in_at_one(client, database)
    person = {"identifiers": (hospital_number("SS-1"),), "mobile": None} | details
    chart = await hospital_says(person_of(person), await a_facility(database))

    added = await adds(client, tokens, activationCode=await a_slip(chart.patient), same=True)

    assert added.status_code == (202 if joins else 409)


async def test_two_charts_of_one_hospital_are_two_people(
    client: AsyncClient, database: Database
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    twin = await hospital_says(
        person_of({"identifiers": (hospital_number("SS-2"),), "mobile": None}),
        await facility_of(database, chart),
    )

    added = await adds(client, tokens, activationCode=await a_slip(twin.patient), same=True)

    assert added.status_code == 409


async def test_a_chart_that_gets_another_citizen_id_later_leaves_the_session(
    client: AsyncClient, database: Database
) -> None:
    tokens, chart = await signed_in_at_one(client, database)
    facility = await a_facility(database)
    newborn = {"identifiers": (hospital_number("SS-3"),), "mobile": None}
    child = (await hospital_says(person_of(newborn), facility)).patient
    await adds(client, tokens, activationCode=await a_slip(child), same=True)

    card = {"identifiers": (hospital_number("SS-3"), citizen("001185000021")), "mobile": None}
    await hospital_says(person_of(card), facility)

    assert [each["id"] for each in await lists(client, tokens)] == [str(chart)]
    assert (await reads(client, tokens, child)).status_code == 404
