"""A number can be cancelled, given to somebody else, and given back: nobody is found by two."""

import asyncio
from contextvars import Context
from typing import Final
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.identity import identifiers
from backend.auth.registration.cancelled_identifiers import NumberInUse, cancel, issue_again
from backend.auth.registration.patients import charts_of_citizen, find
from backend.core.audit import Act
from backend.core.database import transaction
from backend.core.errors import NotFound
from tests.conftest import Database
from tests.harness.auth.steps import (
    LAN,
    TU,
    a_person,
    citizen,
    hospital_number,
    hospital_says,
    sign_in,
)
from tests.harness.makers import a_facility

CORRECTED: Final = "079186000011"


def the_desk(patient: UUID) -> Act:
    return Act(actor_kind="staff", patient=patient, action="number.cancelled", why="birth year")


async def test_a_cancelled_number_opens_nothing_and_stays_in_the_history(
    database: Database, client: AsyncClient
) -> None:
    lan = (await hospital_says(a_person(), await a_facility(database))).patient

    await cancel(lan, citizen(LAN), the_desk(lan))

    assert await charts_of_citizen(LAN) == []
    kept, _ = await identifiers.filed_of(lan)
    assert (kept.identifier, kept.active) == (citizen(LAN), False)
    assert await database.owner.fetchval(
        "SELECT patient FROM audit_event WHERE action = 'number.cancelled'"
    ) == lan  # fmt: skip


async def test_a_corrected_number_signs_the_same_person_in(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_facility(database)
    lan = (await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), hospital)).patient

    await cancel(lan, citizen(LAN), the_desk(lan))
    corrected = a_person(citizen(CORRECTED), hospital_number("BN-7"))

    assert (await hospital_says(corrected, hospital)).patient == lan
    assert await charts_of_citizen(CORRECTED) == [lan]
    await sign_in(client, database, CORRECTED)


async def test_a_number_that_was_cancelled_may_be_somebody_elses(database: Database) -> None:
    here = await a_facility(database)
    lan = (await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), here)).patient
    await cancel(lan, citizen(LAN), the_desk(lan))

    other = await hospital_says(a_person(citizen(LAN), birth_date="1986-01-01"), here)

    assert other.patient != lan
    assert await charts_of_citizen(LAN) == [other.patient]
    with pytest.raises(NumberInUse):
        await issue_again(lan, citizen(LAN), the_desk(lan))
    assert await charts_of_citizen(LAN) == [other.patient]


async def test_a_hospital_that_has_not_heard_of_it_does_not_bring_it_back(
    database: Database,
) -> None:
    hospital, other = await a_facility(database), await a_facility(database)
    says = a_person(citizen(LAN), hospital_number("BN-7"))
    lan = (await hospital_says(says, hospital)).patient
    await cancel(lan, citizen(LAN), the_desk(lan))

    again = await hospital_says(says, hospital)

    assert (again.patient, again.changed) == (lan, False)
    assert await charts_of_citizen(LAN) == []
    known = await find([citizen(LAN), hospital_number("BN-7")], hospital)
    assert known is not None
    filed = {each.id: each for each in await identifiers.filed_of(lan)}
    assert filed[known.identifier].identifier == hospital_number("BN-7")
    assert await find([citizen(LAN)], other) is None


async def test_a_number_given_back_finds_the_same_person(database: Database) -> None:
    lan = (await hospital_says(a_person(), await a_facility(database))).patient
    await cancel(lan, citizen(LAN), the_desk(lan))

    await issue_again(lan, citizen("079 185 000 011"), the_desk(lan))

    assert await charts_of_citizen(LAN) == [lan]
    assert all(each.active for each in await identifiers.filed_of(lan))
    with pytest.raises(NotFound):
        await issue_again(lan, citizen(LAN), the_desk(lan))
    with pytest.raises(NotFound):
        await cancel(lan, citizen(TU), the_desk(lan))


async def test_whoever_gets_the_number_waits_until_it_is_free(database: Database) -> None:
    here = await a_facility(database)
    lan = (await hospital_says(a_person(), here)).patient

    async with transaction():
        await cancel(lan, citizen(LAN), the_desk(lan))
        waiting = asyncio.create_task(
            hospital_says(a_person(birth_date="1986-01-01"), here), context=Context()
        )
        _, pending = await asyncio.wait([waiting], timeout=0.3)
        assert pending, "the number is still being taken away"

    assert (await waiting).patient != lan
