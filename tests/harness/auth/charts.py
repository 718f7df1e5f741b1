"""One person who has charts at several hospitals, and an app that lists and adds them."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.registration.patients import Person
from backend.core.redis import redis
from tests.conftest import Database
from tests.harness.auth.steps import (
    LAN,
    Tokens,
    a_person,
    citizen,
    code_arrives,
    hospital_says,
    sign_in_with,
)
from tests.harness.makers import a_facility

HER_PHONE: Final = "+84912345678"
HER_OTHER_PHONE: Final = "+84933333333"


async def a_hospital_states(
    database: Database, name: str, phone: str | None = HER_PHONE, **details: Any
) -> UUID:
    """Another hospital registers her with this number; give its chart."""
    facility = await a_facility(database, name)
    await database.owner.execute("UPDATE facility SET name = $2 WHERE id = $1", facility, name)
    return await states(facility, a_person(**({"mobile": phone} | details)))


async def states(facility: UUID, person: Person) -> UUID:
    return (await hospital_says(person, facility)).patient


async def facility_of(database: Database, chart: UUID) -> UUID:
    found: UUID = await database.owner.fetchval("SELECT facility FROM patient WHERE id = $1", chart)
    return found


def her(*, phone: str | None = HER_PHONE, number: str = LAN, **details: Any) -> Person:
    return a_person(citizen(number), mobile=phone, **details)


async def lists(client: AsyncClient, tokens: Tokens) -> list[dict[str, Any]]:
    answer = await client.get("/v1/me/charts", headers=tokens.bearer)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def states_of(client: AsyncClient, tokens: Tokens) -> dict[str, str]:
    return {each["facility"]: each["state"] for each in await lists(client, tokens)}


async def adds(client: AsyncClient, tokens: Tokens, **said: Any) -> Response:
    return await client.post("/v1/me/charts", headers=tokens.bearer, json=said)


async def leaves(client: AsyncClient, tokens: Tokens, chart: UUID) -> Response:
    return await client.delete(f"/v1/me/charts/{chart}", headers=tokens.bearer)


async def reads(client: AsyncClient, tokens: Tokens, chart: UUID | str = "me") -> Response:
    return await client.get(f"/v1/patients/{chart}", headers=tokens.bearer)


async def signed_in_at_one(client: AsyncClient, database: Database) -> tuple[Tokens, UUID]:
    """She is signed in at one hospital, with her number bound."""
    chart = await a_hospital_states(database, "BV A")
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    await redis().flushall()
    return tokens, chart


async def a_code_for(
    client: AsyncClient, database: Database, tokens: Tokens, number: str, phone: str
) -> tuple[str, str]:
    asked = await adds(client, tokens, citizenId=number, phone=phone)
    assert asked.status_code == 202, asked.text
    challenge = asked.json()["challengeId"]
    return challenge, await code_arrives(database, UUID(challenge))


async def steps_up(database: Database) -> None:
    await database.owner.execute(
        "UPDATE session_chart SET stepped_up_until = hub_clock() + '15 minutes'::interval"
    )


def person_of(details: dict[str, Any]) -> Person:
    return replace(a_person(), **details)
