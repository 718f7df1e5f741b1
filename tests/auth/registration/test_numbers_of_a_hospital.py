"""A number is a system and a value: what finds a chart, what is kept apart, what finds nobody."""

from typing import Any, Final
from uuid import UUID

import pytest

from backend.auth.identity.identifiers import ANY_SYSTEM, FHIR_ID
from backend.auth.identity.number_meanings import NumberMeaning
from backend.auth.identity.number_systems import (
    Declared,
    MainNotAChart,
    NotASystem,
    declare,
    declared_of,
    take_back,
)
from backend.auth.registration.patients import (
    Identifier,
    NotIdentified,
    OtherDetails,
    OwnNumbersConflict,
    Person,
    SharedNumber,
    charts_of_citizen,
    find,
)
from backend.core.errors import NotFound
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS
from tests.conftest import Database
from tests.harness.auth.steps import LAN, TU, a_person, citizen, hospital_number, hospital_says
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


async def test_one_value_of_two_systems_is_two_charts(here: UUID) -> None:
    first = await hospital_says(one(citizen(LAN), number("1001")), here)
    second = await hospital_says(one(number("1001", INPATIENT), **MAN), here)

    assert second.created
    assert second.patient != first.patient
    by_system = [await find([number("1001", each)], here) for each in (OUTPATIENT, INPATIENT)]
    assert [each and each.patient for each in by_system] == [first.patient, second.patient]
    await take_back(here, HOSPITAL_NUMBERS)
    with pytest.raises(SharedNumber) as refused:
        await find([number("1001", ANY_SYSTEM)], here)
    assert [each.message for each in refused.value.faults] == [
        "two of your charts have this number of system 'urn:try:outpatient'",
        "two of your charts have this number of system 'urn:try:inpatient'",
    ]
    await declare(here, INPATIENT, NumberMeaning.CHART, main=True)
    main = await find([number("1001", ANY_SYSTEM)], here)
    assert main
    assert main.patient == second.patient


@pytest.mark.parametrize(
    "other",
    [
        MAN,
        {"birth_date": "1985-03-13"},
        {"birth_date": "1985-04"},
        {"birth_date": "1986"},
        {"birth_date": "1986-01-01"},
        {"sex": "male"},
        {"birth_date": None, "sex": "male"},
        {},  # the same woman, or her twin: her own numbers are others
    ],
)
@pytest.mark.parametrize("licence_first", [True, False])
async def test_a_number_that_two_charts_have_finds_nobody(
    here: UUID, other: dict[str, Any], *, licence_first: bool
) -> None:
    licence = number("S999", LICENCE)
    theirs = [number("A"), licence], [number("B"), licence]
    lan, tu = ([*each[::-1]] if licence_first else each for each in theirs)
    first = await hospital_says(one(*lan), here)

    second = await hospital_says(one(*tu, **other), here)

    assert second.created
    assert second.patient != first.patient
    assert any("another of your charts has this number" in each for each in second.remarks)
    with pytest.raises(SharedNumber):
        await find([licence], here)
    for known, said in ((first, one(*lan)), (second, one(*tu, **other))):
        again = await hospital_says(said, here)
        assert (again.patient, again.changed) == (known.patient, False)
    with pytest.raises(SharedNumber):
        await hospital_says(one(licence), here)


async def test_an_undeclared_number_is_a_chart_number_and_that_is_said(here: UUID) -> None:
    first = await hospital_says(one(number("1001")), here)
    again = await hospital_says(one(number("1001"), name="Trần Thị Lan B", birth_date="1985"), here)

    assert again.patient == first.patient
    assert again.remarks == first.remarks
    (remark,) = first.remarks
    assert remark == (
        "identifier of system 'urn:try:outpatient': nobody has said what its numbers are; it was"
        " used as a chart number"
    )


@pytest.mark.parametrize("other", [MAN, {"birth_date": "1958"}, {"sex": "male"}])
async def test_an_undeclared_number_alone_is_no_correction(
    here: UUID, other: dict[str, Any]
) -> None:
    await hospital_says(one(number("1001")), here)

    with pytest.raises(OtherDetails):
        await hospital_says(one(number("1001"), **other), here)


@pytest.mark.parametrize(
    "known", [number("1", OUTPATIENT, "MR"), number("1", OUTPATIENT, "PI"), number("1", ""),
              number("Patient/p1", FHIR_ID), hospital_number("1")],
)  # fmt: skip
@pytest.mark.parametrize("other", [MAN, {"birth_date": "1958"}, {"sex": "male"}])
async def test_by_a_declared_or_typed_number_it_is_a_correction(
    here: UUID, known: Identifier, other: dict[str, Any]
) -> None:
    first = await hospital_says(one(known), here)

    again = await hospital_says(one(known, **other), here)

    assert (again.patient, again.changed, again.remarks) == (first.patient, True, ())


async def test_an_undeclared_number_beside_the_citizen_id_is_a_correction(here: UUID) -> None:
    first = await hospital_says(one(citizen(LAN), number("1001")), here)

    again = await hospital_says(one(citizen(LAN), number("1001"), birth_date="1985-12-03"), here)

    assert again.patient == first.patient
    assert again.changed


async def test_another_citizen_id_makes_a_chart_number_wait(here: UUID) -> None:
    await hospital_says(one(citizen(LAN), number("1", OUTPATIENT, "MR")), here)

    with pytest.raises(OwnNumbersConflict):
        await hospital_says(one(citizen(TU), number("1", OUTPATIENT, "MR")), here)


async def test_a_second_number_of_one_system_joins_the_first(here: UUID) -> None:
    first = await hospital_says(one(number("A")), here)
    both = await hospital_says(one(number("A"), number("B")), here)
    second = await hospital_says(one(number("B")), here)

    assert first.patient == both.patient == second.patient


@pytest.mark.parametrize("type_code", ["DL", "PPN", "SB", "VN", "AN", "XX", "U"])
async def test_numbers_of_other_types_are_kept_and_find_nobody(here: UUID, type_code: str) -> None:
    typed = number("77", LICENCE, type_code)
    first = await hospital_says(one(number("A"), typed), here)
    second = await hospital_says(one(number("B"), typed), here)

    assert first.patient != second.patient
    assert await find([number("77", LICENCE)], here) is None
    with pytest.raises(NotIdentified):
        await hospital_says(one(typed), here)


@pytest.mark.parametrize("meaning", ["insurance", "order", "ignored"])
async def test_declared_as_something_else_a_number_finds_nobody(
    here: UUID, meaning: NumberMeaning
) -> None:
    await declare(here, LICENCE, NumberMeaning(meaning))
    shared = number("77", LICENCE, "MR")
    first = await hospital_says(one(number("A"), shared), here)
    second = await hospital_says(one(number("B"), shared), here)

    assert first.patient != second.patient
    assert await find([shared], here) is None
    assert not any("77" in each or "another" in each for each in second.remarks)


@pytest.mark.parametrize("by", ["declared", "NI", "NNVNM"])
async def test_a_system_that_means_the_citizen_id_is_one(here: UUID, by: str) -> None:
    alias = number(f"{LAN[:3]} {LAN[3:]}", "urn:bv:cccd", "" if by == "declared" else by)
    if by == "declared":
        await declare(here, "urn:bv:cccd", NumberMeaning.CITIZEN_ID)
    first = await hospital_says(one(alias, number("A")), here)

    assert await charts_of_citizen(LAN, here) == [first.patient]
    same = await hospital_says(one(citizen(LAN), number("B")), here)
    assert same.patient == first.patient
    named = await find([number(alias.value, "urn:bv:cccd")], here)
    assert named
    assert named.patient == first.patient


@pytest.mark.parametrize("value", ["024000111", "C1234567", "79185000011", "000000000000"])
async def test_a_national_number_that_is_no_citizen_id_is_kept(here: UUID, value: str) -> None:
    first = await hospital_says(one(number(value, "urn:bv:id", "NI"), number("A")), here)
    second = await hospital_says(one(number(value, "urn:bv:id", "NI"), number("B"), **MAN), here)

    assert first.patient != second.patient


@pytest.mark.parametrize(
    ("birth_date", "sex", "type_code", "is_both"),
    [
        ("1985-03-12", "female", "MR", True),
        ("1985", "female", "MR", True),
        ("1986-03-12", "female", "MR", False),
        ("1985-03-12", "male", "MR", False),
        (None, "female", "MR", False),
        ("1985-03-12", "", "MR", False),
        ("1985-03-12", "female", "PI", False),
        ("1985-03-12", "female", "", False),
    ],
)
async def test_a_chart_number_that_is_a_possible_citizen_id_is_both(
    here: UUID, birth_date: str | None, sex: str, type_code: str, *, is_both: bool
) -> None:
    known = await hospital_says(
        one(number(LAN, OUTPATIENT, type_code), birth_date=birth_date, sex=sex), here
    )

    assert await charts_of_citizen(LAN, here) == ([known.patient] if is_both else [])
    found = await find([number(LAN)], here)
    assert found
    assert found.patient == known.patient


async def test_systems_are_declared_listed_and_taken_back(database: Database, here: UUID) -> None:
    for system in (OUTPATIENT, INPATIENT):
        await declare(here, system, NumberMeaning.CHART, main=True)
    await declare(here, f" {LICENCE} ", NumberMeaning.INSURANCE)
    made = await declared_of(here)
    assert Declared(INPATIENT, NumberMeaning.CHART, main=True) == made[0]
    assert Declared(OUTPATIENT, NumberMeaning.CHART, main=False) in made
    assert Declared(LICENCE, NumberMeaning.INSURANCE, main=False) in made

    await take_back(here, LICENCE)

    assert LICENCE not in {each.system for each in await declared_of(here)}
    with pytest.raises(NotFound):
        await take_back(here, LICENCE)
    for system in ("", " ", "x" * 201, "urn:vn:citizen-id", "urn:vn:cmnd", FHIR_ID):
        with pytest.raises(NotASystem):
            await declare(here, system, NumberMeaning.CHART)
    with pytest.raises(MainNotAChart):
        await declare(here, OUTPATIENT, NumberMeaning.ORDER, main=True)
    acts = await database.owner.fetch("SELECT action FROM audit_event")
    assert sum(each["action"] == "facility.numbers_declared" for each in acts) == 3
