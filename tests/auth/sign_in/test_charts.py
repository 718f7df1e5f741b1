"""What a code opens and what it finds: charts of one id and one number, over several hospitals."""

from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.redis import redis
from tests.conftest import Database
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    HER_PHONE,
    a_hospital_states,
    adds,
    lists,
    reads,
)
from tests.harness.auth.steps import LAN, ask, sign_in_with


async def test_one_hospital_that_states_the_number_opens_by_signing_in(
    client: AsyncClient, database: Database
) -> None:
    chart = await a_hospital_states(database, "BV A")

    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    assert [(each["id"], each["state"]) for each in await lists(client, tokens)] == [
        (str(chart), "open")
    ]
    assert tokens.level == "otp"
    assert await bound(database) == [chart]


async def test_two_that_state_it_are_found_and_nothing_of_them_is_shown(
    client: AsyncClient, database: Database
) -> None:
    one, other = [await a_hospital_states(database, name) for name in ("BV A", "BV B")]

    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    assert tokens.level is None
    assert await lists(client, tokens) == [
        {"id": str(one), "facility": "BV A", "yearOfBirth": "1985", "sex": "female",
         "state": "found"},
        {"id": str(other), "facility": "BV B", "yearOfBirth": "1985", "sex": "female",
         "state": "found"},
    ]  # fmt: skip
    for chart in (one, other, "me"):
        assert (await reads(client, tokens, chart)).status_code == 404
    assert await bound(database) == []


async def test_a_yes_opens_several_at_once_and_binds_the_number(
    client: AsyncClient, database: Database
) -> None:
    charts = [await a_hospital_states(database, name) for name in ("BV A", "BV B", "BV C")]
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    answer = await adds(client, tokens, charts=[str(each) for each in charts[:2]])

    assert (answer.status_code, sorted(answer.json()["opened"])) == (
        202, sorted(str(each) for each in charts[:2]),
    )  # fmt: skip
    states = {each["id"]: each["state"] for each in await lists(client, tokens)}
    assert states == {
        str(charts[0]): "open", str(charts[1]): "open", str(charts[2]): "found",
    }  # fmt: skip
    assert await bound(database) == charts[:2]
    assert (await reads(client, tokens, charts[2])).status_code == 404


async def test_what_is_bound_opens_again_and_what_is_only_stated_is_found(
    client: AsyncClient, database: Database
) -> None:
    mine = await a_hospital_states(database, "BV A")
    await sign_in_with(client, database, LAN, HER_PHONE)
    stated = await a_hospital_states(database, "BV B")

    await redis().flushall()
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    states = {each["id"]: each["state"] for each in await lists(client, tokens)}
    assert states == {str(mine): "open", str(stated): "found"}


async def test_no_code_comes_for_another_number_than_the_chart_has(
    client: AsyncClient, database: Database
) -> None:
    await a_hospital_states(database, "BV A")

    await ask(client, LAN, HER_OTHER_PHONE)

    row = await database.owner.fetchrow("SELECT patient, contact FROM sign_in_challenge")
    assert tuple(row) == (None, None)


@pytest.mark.parametrize("change", ["deceased_at = hub_clock()", "active = false"])
async def test_the_dead_and_the_inactive_are_neither_opened_nor_found(
    client: AsyncClient, database: Database, change: str
) -> None:
    gone, here = [await a_hospital_states(database, name) for name in ("BV A", "BV B")]
    await database.owner.execute(f"UPDATE patient SET {change} WHERE id = $1", gone)

    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    assert [each["id"] for each in await lists(client, tokens)] == [str(here)]


async def test_a_discreet_hospital_is_never_found_by_a_code(
    client: AsyncClient, database: Database
) -> None:
    await a_hospital_states(database, "BV A")
    hidden = await a_hospital_states(database, "BV B")
    await database.owner.execute(
        "UPDATE facility SET discreet = true FROM patient p WHERE p.facility = facility.id"
        " AND p.id = $1",
        hidden,
    )

    tokens = await sign_in_with(client, database, LAN, HER_PHONE)

    assert str(hidden) not in str(await lists(client, tokens))
    assert (await adds(client, tokens, charts=[str(hidden)])).status_code == 404


async def test_phone_is_needed_and_named_where_it_is_missing(client: AsyncClient) -> None:
    refused = await client.post("/v1/sign-in/codes", json={"citizenId": LAN})

    assert refused.status_code == 400
    assert "phone" in str(refused.json()["errors"])


async def bound(database: Database) -> list[UUID]:
    rows = await database.owner.fetch(
        "SELECT patient FROM contact_point WHERE confirmed_by = 'patient' ORDER BY patient"
    )
    return [row["patient"] for row in rows]
