"""What may be another person's is kept apart or waits; a first citizen id is no change."""

from typing import Any, Final
from uuid import UUID

import pytest

from backend.auth.registration.patients import (
    Identifier,
    OtherDetails,
    OwnNumbersConflict,
    Person,
    charts_of_citizen,
)
from tests.conftest import Database
from tests.harness.auth.steps import LAN, a_person, citizen, hospital_number, hospital_says
from tests.harness.makers import a_facility

OUTPATIENT: Final = "urn:try:outpatient"
INPATIENT: Final = "urn:try:inpatient"
LICENCE: Final = "urn:oid:2.16.840.1.113883.4.3.25"
MAN: Final[dict[str, Any]] = {"name": "Phạm Văn Hai", "birth_date": "1991-11-12", "sex": "male"}


def number(value: str, system: str = OUTPATIENT, type_code: str = "") -> Identifier:
    return Identifier(system, value, type_code)


def one(*numbers: Identifier, **more: Any) -> Person:
    """Lan, by numbers, without a phone."""
    return a_person(*numbers, **({"mobile": None} | more))


@pytest.fixture
async def here(database: Database) -> UUID:
    return await a_facility(database)


@pytest.mark.parametrize(
    "contrary",
    [
        {"birth_date": "1949-09-09", "sex": "male"},
        {"birth_date": "1985-03-13"},
        {"birth_date": "1985-04"},
        {"birth_date": "1984"},
        {"birth_date": "1984-01-01"},
        {"sex": "male"},
        {"sex": "male", "birth_date": None},
    ],
)
@pytest.mark.parametrize("own", [number("K-2"), number("K-2", "", "MR"), hospital_number("K-2")])
async def test_anothers_citizen_id_is_not_taken_for_a_new_chart(
    database: Database, here: UUID, contrary: dict[str, Any], own: Identifier
) -> None:
    right = await hospital_says(one(citizen(LAN), hospital_number("BN-1")), here)
    before = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", right.patient)

    wrong = await hospital_says(one(citizen(LAN), own, **contrary), here)

    assert wrong.created
    assert wrong.patient != right.patient
    assert await charts_of_citizen(LAN, here) == [right.patient]
    assert any("it was not taken for this one" in each for each in wrong.remarks)
    after = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", right.patient)
    assert after == before
    again = await hospital_says(one(citizen(LAN), own, **contrary), here)
    assert (again.patient, again.changed) == (wrong.patient, False)
    task = await database.owner.fetch("SELECT kind, patient, subject FROM desk_task")
    assert [tuple(each) for each in task] == [("kept_apart", right.patient, wrong.patient)]
    assert (await hospital_says(one(citizen(LAN), hospital_number("BN-1")), here)) != wrong


@pytest.mark.parametrize(
    "same",
    [
        {"birth_date": "1985"},
        {"birth_date": "1985-03"},
        {"birth_date": "1985-01-01"},
        {"birth_date": None},
        {"sex": ""},
        {"sex": "unknown", "birth_date": None},
    ],
)
async def test_what_does_not_contradict_is_one_person(here: UUID, same: dict[str, Any]) -> None:
    right = await hospital_says(one(citizen(LAN), hospital_number("BN-1")), here)

    again = await hospital_says(one(citizen(LAN), hospital_number("BN-2"), **same), here)

    assert again.patient == right.patient


async def test_the_id_itself_says_year_and_sex_of_a_chart_that_says_neither(here: UUID) -> None:
    right = await hospital_says(
        one(citizen(LAN), hospital_number("BN-1"), birth_date=None, sex=""), here
    )

    wrong = await hospital_says(one(citizen(LAN), hospital_number("BN-2"), **MAN), here)

    assert wrong.patient != right.patient


async def test_without_another_number_it_waits(here: UUID) -> None:
    await hospital_says(one(citizen(LAN)), here)

    for contrary in (MAN, {"birth_date": "1984"}, {"sex": "male"}):
        with pytest.raises(OtherDetails):
            await hospital_says(one(citizen(LAN), **contrary), here)


async def test_two_charts_that_may_be_one_person_wait(here: UUID) -> None:
    await hospital_says(one(citizen(LAN), hospital_number("BN-1")), here)
    await hospital_says(one(hospital_number("BN-2")), here)

    with pytest.raises(OwnNumbersConflict):
        await hospital_says(one(citizen(LAN), hospital_number("BN-2")), here)
    kept = await hospital_says(one(citizen(LAN), hospital_number("BN-2"), **MAN), here)
    assert any("it was not taken" in each for each in kept.remarks)


async def test_a_card_that_is_scanned_later_adds_the_citizen_id(here: UUID) -> None:
    baby = await hospital_says(one(hospital_number("BN-9"), birth_date="1985"), here)
    with_cmnd = await hospital_says(one(citizen("024 000 111"), hospital_number("BN-9")), here)
    with_card = await hospital_says(one(citizen(LAN), hospital_number("BN-9")), here)

    assert baby.patient == with_cmnd.patient == with_card.patient
    assert not with_card.replaced
    assert await charts_of_citizen(LAN, here) == [baby.patient]


async def test_what_is_left_out_stays_as_it_is(database: Database, here: UUID) -> None:
    known = await hospital_says(a_person(citizen(LAN), language="en"), here)
    before = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", known.patient)

    again = await hospital_says(Person(identifiers=(citizen(LAN),)), here)

    assert not again.changed
    after = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", known.patient)
    assert after == before
