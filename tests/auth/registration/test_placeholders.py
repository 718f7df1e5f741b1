"""Citizen ids that stand for none, and numbers of nine digits: kept, and they find nobody."""

import pytest

from backend.auth.registration.patients import NotIdentified, charts_of_citizen
from tests.conftest import Database
from tests.harness.auth.steps import LAN, a_person, citizen, hospital_number, hospital_says
from tests.harness.makers import a_facility


@pytest.mark.parametrize("placeholder", ["000000000000", "999999999999", "123456789012"])
async def test_strangers_with_one_placeholder_stay_strangers(
    database: Database, placeholder: str
) -> None:
    hospital = await a_facility(database)
    baby = a_person(citizen(placeholder), hospital_number("BN-1"), birth_date="2026-11-20")
    old_man = a_person(citizen(placeholder), hospital_number("BN-2"), birth_date="1941-01-02")

    first = await hospital_says(baby, hospital)
    second = await hospital_says(old_man, hospital)

    assert first.patient != second.patient
    assert await charts_of_citizen(placeholder) == []
    kept = await database.owner.fetchval(
        "SELECT count(*) FROM patient_identifier WHERE system = 'urn:vn:citizen-id'"
    )
    assert kept == 2  # as it was said


async def test_a_placeholder_alone_registers_nobody(database: Database) -> None:
    hospital = await a_facility(database)

    with pytest.raises(NotIdentified):
        await hospital_says(a_person(citizen("000000000000")), hospital)


async def test_a_true_number_takes_the_place_of_a_placeholder(database: Database) -> None:
    hospital = await a_facility(database)
    before = await hospital_says(a_person(citizen("0" * 12), hospital_number("BN-1")), hospital)

    after = await hospital_says(a_person(citizen(LAN), hospital_number("BN-1")), hospital)

    assert after.patient == before.patient
    assert await charts_of_citizen(LAN) == [before.patient]


async def test_nine_digits_are_kept_as_a_cmnd_and_find_nobody(database: Database) -> None:
    hospital = await a_facility(database)
    one = await hospital_says(a_person(citizen("024 000 111"), hospital_number("BN-1")), hospital)

    two = await hospital_says(a_person(citizen("024000111"), hospital_number("BN-2")), hospital)

    assert one.patient != two.patient
    systems = await database.owner.fetch("SELECT system FROM patient_identifier")
    assert sorted(row["system"] for row in systems).count("urn:vn:cmnd") == 2
