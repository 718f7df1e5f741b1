"""A record is known by its PUT id, by its own identifiers as a set, or by what it says."""

from typing import Any

import pytest

from backend.auth.facilities.facilities import set_stable_ids
from backend.auth.identity.number_meanings import NumberMeaning
from backend.auth.identity.number_systems import declare
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.named import DAY, HIS, bundle, measured, number, post, put, said, stored


async def takes(hospital: Hospital, body: Any) -> None:
    answer = await hospital.posts(body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["transaction", "batch", "message"])
async def test_the_id_of_what_is_posted_overwrites_nothing(
    hospital: Hospital, database: Database, kind: str
) -> None:
    one = measured("Kali", 4.1, id="1")
    other = measured("Natri", 140, id="1", effectiveDateTime="2026-10-02")

    await takes(hospital, bundle(one, kind=kind))
    await takes(hospital, bundle(other, kind=kind))

    assert await stored(database) == [("Kali", 4.1), ("Natri", 140)]


@pytest.mark.parametrize("kind", ["collection", "searchset", "history"])
async def test_the_id_of_what_is_exported_names_it(
    hospital: Hospital, database: Database, kind: str
) -> None:
    await takes(hospital, bundle(measured("Kali", 4.1, id="1"), kind=kind))
    await takes(hospital, bundle(measured("Kali máu", 4.2, id="1"), kind=kind))

    assert await stored(database) == [("Kali máu", 4.2)]


@pytest.mark.parametrize("kind", ["transaction", "message"])
async def test_ids_that_are_declared_stable_name_what_is_posted(
    hospital: Hospital, database: Database, kind: str
) -> None:
    await set_stable_ids(hospital.facility, stable=True)

    await takes(hospital, bundle(measured("Kali", 4.1, id="1"), kind=kind))
    await takes(hospital, bundle(measured("Kali máu", 4.2, id="1"), kind=kind))

    assert await stored(database) == [("Kali máu", 4.2)]


async def test_the_answer_says_that_an_id_names_nothing_later(hospital: Hospital) -> None:
    answer = await hospital.posts(bundle(measured("Kali", 4.1, id="1")))

    assert any("holds in this message only" in words for words in said(answer))


async def test_identifiers_in_any_order_are_one_record(
    hospital: Hospital, database: Database
) -> None:
    one, other = number("F1"), number("G1", "urn:test:other")

    await takes(hospital, bundle(measured("Kali", 4.1, one, other)))
    same = await hospital.posts(bundle(measured("Kali", 4.1, other, one)))
    await takes(hospital, bundle(measured("Kali", 4.3, other)))

    assert "unchanged" in said(same)
    assert await stored(database) == [("Kali", 4.3)]


@pytest.mark.parametrize("kind", ["PLAC", "PGN", "ACSN", "VN", "MR"])
async def test_a_number_of_several_records_identifies_none(
    hospital: Hospital, database: Database, kind: str
) -> None:
    visit = number("V1", "urn:test:visit", kind)

    await takes(hospital, bundle(measured("Na", 140, visit)))
    await takes(hospital, bundle(measured("K", 4, visit)))
    await takes(hospital, bundle(measured("K", 5, visit)))

    assert await stored(database) == [("K", 5), ("Na", 140)]


async def test_a_system_of_orders_is_declared(hospital: Hospital, database: Database) -> None:
    await declare(hospital.facility, "urn:test:orders", NumberMeaning.ORDER)
    order = number("O1", "urn:test:orders")

    await takes(hospital, bundle(measured("Na", 140, order)))
    await takes(hospital, bundle(measured("K", 4, order)))

    assert await stored(database) == [("K", 4), ("Na", 140)]


async def test_a_number_that_two_entries_share_identifies_neither(
    hospital: Hospital, database: Database
) -> None:
    shared = number("A1", "urn:test:accession")
    both = bundle(measured("Na", 140, shared), measured("K", 4, shared))

    await takes(hospital, both)
    await takes(hospital, both)
    await takes(hospital, bundle(measured("Ca", 2, shared)))
    await takes(hospital, bundle(measured("K", 4.4, shared)))

    assert await stored(database) == [("Ca", 2), ("K", 4.4), ("Na", 140)]


async def test_what_came_alone_is_found_when_its_number_turns_out_to_be_shared(
    hospital: Hospital, database: Database
) -> None:
    shared = number("A1", "urn:test:accession")

    await takes(hospital, bundle(measured("Na", 140, shared)))
    await takes(hospital, bundle(measured("Na", 141, shared), measured("K", 4, shared)))

    assert await stored(database) == [("K", 4), ("Na", 141)]


async def test_two_values_with_one_number_code_and_time_are_both_kept(
    hospital: Hospital, database: Database
) -> None:
    order = number("O1", "urn:test:visit", "ACSN")
    both = bundle(measured("Glucose", 5, order), measured("Glucose", 6, order))

    await takes(hospital, both)
    await takes(hospital, both)

    assert await stored(database) == [("Glucose", 5), ("Glucose", 6)]


async def test_one_said_twice_in_a_message_is_one(hospital: Hospital, database: Database) -> None:
    same = measured("Kali", 4.1, number("F1"))

    await takes(hospital, bundle(same, same))
    await takes(hospital, bundle(measured("Kali", 4.2, number("F1"))))

    assert await stored(database) == [("Kali", 4.2)]


async def test_two_patients_with_equal_content_and_no_identifier_are_both_kept(
    hospital: Hospital, database: Database
) -> None:
    for _ in range(2):
        await takes(hospital, bundle(measured("Kali", 4.1)))
        await takes(hospital, bundle(measured("Kali", 4.1, subject=HIS)))

    assert await stored(database) == [("Kali", 4.1)] * 2
    assert await database.owner.fetchval("SELECT count(DISTINCT patient) FROM observation") == 2


async def test_an_identifier_that_two_stored_records_have_refuses_a_post(
    hospital: Hospital, database: Database
) -> None:
    own = number("F1")
    await put(hospital, measured("Kali", 4.1, own, id="x"))
    await put(hospital, measured("Kali", 4.2, own, id="y"))

    refused = await post(hospital, measured("Kali", 4.3, own))
    whole = await hospital.posts(bundle(measured("Na", 140), measured("Kali", 4.3, own)))
    each = await hospital.posts(bundle(measured("Kali", 4.3, own), kind="batch"))

    assert (refused.status_code, whole.status_code) == (412, 412)
    assert refused.json()["issue"][0]["code"] == "multiple-matches"
    assert each.json()["entry"][0]["response"]["status"] == "412 Precondition Failed"
    assert await stored(database) == [("Kali", 4.1), ("Kali", 4.2)]


async def test_two_entries_that_are_one_stored_record_are_refused(
    hospital: Hospital, database: Database
) -> None:
    one, other = number("F1"), number("G1", "urn:test:other")
    await takes(hospital, bundle(measured("Kali", 4.1, one, other)))

    answer = await hospital.posts(bundle(measured("Kali", 4.2, one), measured("Kali", 4.3, other)))

    assert answer.status_code == 422
    assert await stored(database) == [("Kali", 4.1)]


async def test_a_record_that_was_put_keeps_its_id_whatever_identifiers_come(
    hospital: Hospital, database: Database
) -> None:
    for numbers in ([number("K")], [number("NEW"), number("K")], [number("NEW")], []):
        answer = await put(hospital, measured("Kali", len(numbers), *numbers, id="x"))
        assert answer.status_code in {200, 201}

    assert await stored(database) == [("Kali", 0)]


async def test_what_was_posted_before_takes_the_id_that_it_is_put_under(
    hospital: Hospital, database: Database
) -> None:
    await post(hospital, measured("Kali", 4.1, number("K")))
    await put(hospital, measured("Kali", 4.2, number("K"), id="x"))
    await post(hospital, measured("Kali", 4.3, number("K")))
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final",
              "code": {"text": "Máu"}, "subject": measured("", 0)["subject"],
              "result": [{"reference": "Observation/x"}]}  # fmt: skip
    await put(hospital, report)

    assert await stored(database) == [("Kali", 4.3)]
    shown = await database.owner.fetchval("SELECT body FROM result")
    assert '"value":4.3' in shown


async def test_the_address_in_the_answer_to_a_post_names_the_record_later(
    hospital: Hospital, database: Database
) -> None:
    answer = await post(hospital, measured("Kali", 4.1, number("K")))
    own = answer.headers["location"].rpartition("/")[2]

    await put(hospital, measured("Kali", 4.2, id=own))

    assert await stored(database) == [("Kali", 4.2)]


async def test_the_parts_of_a_report_are_known_by_it(
    hospital: Hospital, database: Database
) -> None:
    def report(value: float, *numbers: Any) -> dict[str, Any]:
        part = measured("Hb", value, id="o1")
        del part["subject"]
        return {
            "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Máu"},
            "subject": measured("", 0)["subject"], "issued": DAY, "identifier": list(numbers),
            "contained": [part], "result": [{"reference": "#o1"}],
        }  # fmt: skip

    await takes(hospital, bundle(report(9, number("R1"), number("S1", "urn:test:other"))))
    await takes(hospital, bundle(report(10, number("S1", "urn:test:other"))))
    await takes(hospital, bundle(report(11, number("R2"))))

    assert await stored(database) == [("Hb", 10), ("Hb", 11)]


async def test_doctors_with_one_posted_id_are_two(hospital: Hospital, database: Database) -> None:
    for name in ("BS. Một", "BS. Hai"):
        doctor = {"resourceType": "Practitioner", "id": "p1", "name": [{"text": name}]}
        seen = measured(name, 1, performer=[{"reference": "Practitioner/p1"}])
        await takes(hospital, bundle(doctor, seen))

    rows = await database.owner.fetch("SELECT name FROM party ORDER BY name")
    assert [row["name"] for row in rows] == ["BS. Hai", "BS. Một"]
