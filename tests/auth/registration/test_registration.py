"""Which chart a hospital means, and whose phone a number is."""

from typing import Any
from unicodedata import normalize
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.identity.blind_index import charts_having
from backend.auth.phones.phones import phones_of
from backend.auth.registration.patients import (
    IdentityConflict,
    NotIdentified,
    Person,
    charts_of_citizen,
    find,
)
from tests.conftest import Database
from tests.harness.auth.steps import (
    LAN,
    TU,
    a_person,
    citizen,
    confirmed,
    hospital_number,
    hospital_says,
    sign_in,
)
from tests.harness.makers import a_facility

EVERYTHING = ("patient", "patient_lookup", "patient_identifier", "contact_point")


async def checksum(database: Database) -> list[Any]:
    return [
        await database.owner.fetchval(
            f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{table}\" t"
        )
        for table in EVERYTHING
    ]


async def acts(database: Database, what: str) -> int:
    return int(
        await database.owner.fetchval("SELECT count(*) FROM audit_event WHERE action = $1", what)
    )


async def test_the_same_said_again_changes_not_one_row(database: Database) -> None:
    hospital = await a_facility(database)
    lan = a_person(citizen(LAN), hospital_number("BN-7"), other_phones=("0987654321",))

    first = await hospital_says(lan, hospital)
    before = await checksum(database)
    second = await hospital_says(lan, hospital)

    assert first.changed
    assert not second.changed
    assert (second.patient, second.identifier) == (first.patient, first.identifier)
    assert await checksum(database) == before


async def test_a_corrected_name_is_the_same_person(database: Database) -> None:
    hospital = await a_facility(database)
    first = await hospital_says(a_person(name="Tran Thi Lan"), hospital)

    corrected = await hospital_says(a_person(name="Trần Thị Lan"), hospital)

    assert corrected.changed
    assert corrected.patient == first.patient
    assert await acts(database, "patient.changed") == 1


async def test_two_spellings_of_the_same_letters_are_one_name(database: Database) -> None:
    hospital = await a_facility(database)
    await hospital_says(a_person(name="Trần Thị Lan"), hospital)  # composed letters

    again = await hospital_says(a_person(name=normalize("NFD", "Trần  Thị Lan")), hospital)

    assert not again.changed


async def test_nothing_readable_is_stored(database: Database) -> None:
    hospital = await a_facility(database)
    await hospital_says(a_person(citizen(LAN), hospital_number("BN-CANARY")), hospital)

    for table in EVERYTHING:
        rows = await database.owner.fetch(f'SELECT * FROM "{table}"')
        stored = b" ".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in rows
            for value in row.values()
        )
        assert not any(
            told in stored for told in (LAN.encode(), b"BN-CANARY", b"Lan", b"912345678")
        )


@pytest.mark.parametrize(
    "said",
    [{}, {"birth_date": "1985"}, {"birth_date": "1958"}, {"birth_date": None}, {"sex": "male"}],
)
async def test_each_hospital_has_a_chart_of_its_own(
    database: Database, said: dict[str, Any]
) -> None:
    here, there = await a_facility(database), await a_facility(database)
    known = await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), here)
    before = await rows_of(database, known.patient)

    theirs = await hospital_says(
        a_person(citizen(LAN), hospital_number("K-1"), mobile="0933333333", **said), there
    )

    assert theirs.created
    assert theirs.patient != known.patient
    assert theirs.remarks == (
        ("its citizen id says another year of birth, or another sex",)
        if said in ({"birth_date": "1958"}, {"sex": "male"})
        else ()
    )
    assert await rows_of(database, known.patient) == before
    assert await charts_of_citizen(LAN) == sorted([known.patient, theirs.patient])
    assert await charts_of_citizen(LAN, there) == [theirs.patient]


async def rows_of(database: Database, chart: UUID) -> list[Any]:
    return [
        await database.owner.fetch(f'SELECT * FROM "{table}" WHERE {column} = $1', chart)
        for table, column in (("patient", "id"), ("patient_lookup", "patient"),
                              ("patient_identifier", "patient"), ("contact_point", "patient"))
    ]  # fmt: skip


async def test_a_hospital_number_is_not_moved_to_another_citizen_id(database: Database) -> None:
    hospital = await a_facility(database)
    await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), hospital)
    before = await checksum(database)

    with pytest.raises(IdentityConflict):
        await hospital_says(a_person(citizen(TU), hospital_number("BN-7")), hospital)

    assert await checksum(database) == before


async def test_numbers_of_two_people_are_nobody(database: Database) -> None:
    hospital = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), hospital)
    await hospital_says(a_person(hospital_number("BN-8"), mobile=None), hospital)

    with pytest.raises(IdentityConflict):
        await hospital_says(a_person(citizen(LAN), hospital_number("BN-8")), hospital)
    with pytest.raises(IdentityConflict):
        await find([citizen(LAN), hospital_number("BN-8")], hospital)


async def test_the_same_hospital_number_elsewhere_is_somebody_else(database: Database) -> None:
    here, there = await a_facility(database), await a_facility(database)

    one = await hospital_says(a_person(hospital_number("7")), here)
    other = await hospital_says(a_person(hospital_number("7"), mobile=None), there)

    assert one.patient != other.patient
    assert (await find([hospital_number("7")], there)) is not None
    assert await find([hospital_number("8")], there) is None


async def test_a_hospital_learns_the_citizen_id_later(database: Database) -> None:
    hospital = await a_facility(database)
    first = await hospital_says(a_person(hospital_number("BN-7")), hospital)

    later = await hospital_says(a_person(citizen(LAN), hospital_number("BN-7")), hospital)

    assert later.patient == first.patient
    assert await charts_of_citizen(LAN) == [first.patient]


async def test_name_phone_and_birth_year_alone_are_nobody(database: Database) -> None:
    hospital = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), hospital)
    nameless = Person(identifiers=(), name="Trần Thị Lan", birth_date="1985-03-12", sex="female")

    with pytest.raises(NotIdentified):
        await hospital_says(nameless, hospital)


async def test_of_two_mobiles_the_one_stated_last_is_in_use(database: Database) -> None:
    hospital = await a_facility(database)
    lan = await hospital_says(a_person(mobile="0912345678"), hospital)

    await hospital_says(a_person(mobile="0933333333"), hospital)

    assert [each.state.value for each in await phones_of(lan.patient)] == ["replaced", "in_use"]
    assert await acts(database, "phone.proposed") == 0


async def test_a_patient_who_has_signed_in_gets_no_phone_from_a_hospital(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_facility(database)
    lan = await hospital_says(a_person(), hospital)
    await sign_in(client, database)
    await database.owner.execute("UPDATE contact_point SET confirmed_at = NULL")

    await hospital_says(a_person(mobile="0933333333"), hospital)

    assert await confirmed(database, lan.patient) == [False, False]


async def test_a_child_on_its_mothers_phone_needs_the_desk_and_takes_nothing_from_her(
    database: Database,
) -> None:
    hospital = await a_facility(database)
    mother = await hospital_says(a_person(citizen(LAN)), hospital)

    child = await hospital_says(
        a_person(hospital_number("BN-9"), name="Trần An", birth_date="2024", sex="male"), hospital
    )

    assert await confirmed(database, mother.patient) == [True]
    assert [each.needs_desk for each in await phones_of(mother.patient)] == [False]
    assert [each.needs_desk for each in await phones_of(child.patient)] == [True]
    assert await charts_having([("phone", "+84912345678")]) == sorted(
        [mother.patient, child.patient]
    )


async def test_a_relatives_phone_is_never_confirmed(database: Database) -> None:
    hospital = await a_facility(database)

    await hospital_says(a_person(mobile=None, other_phones=("0987654321",)), hospital)

    row = await database.owner.fetchrow("SELECT kind, confirmed_at FROM contact_point")
    assert (row["kind"], row["confirmed_at"]) == ("relative", None)
    assert await charts_having([("phone", "+84987654321")]) == []


async def test_a_landline_stops_no_registration(database: Database) -> None:
    hospital = await a_facility(database)

    lan = await hospital_says(a_person(mobile="028 3812 3456"), hospital)

    assert await confirmed(database, lan.patient) == []
