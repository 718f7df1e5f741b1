"""One hospital registers a person twice at the same moment; another waits for none of it."""

import asyncio
from contextvars import Context

from backend.auth.phones.phones import phones_of
from backend.auth.registration.patients import register
from backend.core.database import execute, transaction
from tests.conftest import Database
from tests.harness.auth.steps import (
    LAN,
    a_person,
    citizen,
    hospital_number,
    hospital_says,
)
from tests.harness.makers import a_facility


async def test_two_registrations_of_one_person_at_once_make_one(database: Database) -> None:
    here = await a_facility(database)
    by_two_numbers = a_person(citizen(LAN), hospital_number("BN-9"))

    async with transaction():
        await execute("SELECT open_intake($1)", here)
        first = await register(a_person(), here)
        waiting = asyncio.create_task(hospital_says(by_two_numbers, here), context=Context())
        _, pending = await asyncio.wait([waiting], timeout=0.3)
        assert pending, "the second waits for the first"
    second = await waiting

    assert second.patient == first.patient
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 1


async def test_a_registration_at_one_hospital_waits_for_none_at_another(
    database: Database,
) -> None:
    here, there = await a_facility(database), await a_facility(database)

    async with transaction():
        await execute("SELECT open_intake($1)", here)
        first = await register(a_person(mobile=None), here)
        theirs = asyncio.create_task(hospital_says(a_person(mobile=None), there), context=Context())
        done, _ = await asyncio.wait([theirs], timeout=5)
        assert done

    assert (await theirs).patient != first.patient


async def test_of_two_people_registered_at_once_on_one_phone_one_gets_its_codes(
    database: Database,
) -> None:
    hospital = await a_facility(database)
    child = a_person(hospital_number("BN-9"))

    async with transaction():
        await execute("SELECT open_intake($1)", hospital)
        mother = await register(a_person(citizen(LAN)), hospital)
        waiting = asyncio.create_task(hospital_says(child, hospital), context=Context())
        _, pending = await asyncio.wait([waiting], timeout=0.3)
        assert pending, "the second waits for the first"
    second = await waiting

    assert [each.needs_desk for each in await phones_of(mother.patient)] == [False]
    assert [each.needs_desk for each in await phones_of(second.patient)] == [True]
