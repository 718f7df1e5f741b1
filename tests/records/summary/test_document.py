"""A summary is an International Patient Summary, and says of a record what its hospital said."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.records.coded import NOTHING, Coded, Coding, coded_json, read_coded
from backend.sandbox.demo.story_bundles import LAN as LAN_HERSELF
from backend.sandbox.demo.story_bundles import registration
from conformance.ips import wrong_with
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital
from tests.harness.records.reaching import reaches_every_chart
from tests.harness.records.summary_record import (
    LOINC,
    SNOMED,
    Lan,
    a_condition,
    a_measurement,
    a_medicine,
    a_statement,
    a_whole_record,
    an_allergy,
    concept,
    one,
    resources_in,
    section,
    sent,
)

ALLERGIES, MEDICINES, PROBLEMS, RESULTS = "48765-2", "10160-0", "11450-4", "30954-2"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("whole", [True, False])
async def test_it_is_an_international_patient_summary(
    lan: Lan, language: str, *, whole: bool
) -> None:
    if whole:
        assert (await lan.hospital.posts(a_whole_record())).status_code == 200

    answer = await lan.asks(accept_language=language)

    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["content-language"] == language
    assert wrong_with(answer.text) == []
    kinds = [each["resourceType"] for each in resources_in(answer.text)]
    assert len(kinds) == (11 if whole else 3)


async def test_an_empty_section_says_why_and_not_that_there_is_none(lan: Lan) -> None:
    text = await lan.text()

    for each in (ALLERGIES, MEDICINES, PROBLEMS):
        assert section(text, each)["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "không có nghĩa là không có" in section(text, ALLERGIES)["text"]["div"]


async def test_none_known_is_said_with_its_code(lan: Lan) -> None:
    none = an_allergy("Không có tiền sử dị ứng", "716186003", reaction=[], criticality="low")
    none.pop("reaction")
    await lan.hospital_sends(none)

    text = await lan.text()

    assert one(text, "AllergyIntolerance")["code"]["coding"][0]["code"] == "716186003"
    assert "emptyReason" not in section(text, ALLERGIES)
    assert wrong_with(text) == []


async def test_codes_values_and_units_are_as_they_were_sent(lan: Lan) -> None:
    await lan.hospital.posts(a_whole_record())

    text = await lan.text()

    assert one(text, "Observation")["valueQuantity"] == {
        "value": "72.50", "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg",
    }  # fmt: skip
    assert one(text, "Observation")["code"] == concept(LOINC, "29463-7", "Chỉ số 29463-7")
    assert one(text, "Condition")["code"] == concept(SNOMED, "38341003", "Tăng huyết áp")
    assert one(text, "MedicationRequest")["medicationCodeableConcept"] == concept(
        "http://www.whocc.no/atc", "C08CA01", "Amlodipin 5 mg"
    )
    dosage = one(text, "MedicationRequest")["dosageInstruction"]
    assert dosage == [{"text": "Uống 1 viên buổi sáng, sau ăn"}]
    reaction = one(text, "AllergyIntolerance")["reaction"][0]
    assert reaction["manifestation"] == [concept(SNOMED, "271807003", "Phát ban")]
    assert one(text, "Immunization")["protocolApplied"] == [{"doseNumberString": "2"}]
    assert one(text, "MedicationStatement")["medicationCodeableConcept"] == {"text": "Trà atisô"}


async def test_a_medicine_in_a_resource_of_its_own_has_its_codes(lan: Lan) -> None:
    told = a_medicine()
    medication = {
        "resourceType": "Medication",
        "id": "m",
        "code": told.pop("medicationCodeableConcept"),
    }
    told |= {"contained": [medication], "medicationReference": {"reference": "#m"}}
    await lan.hospital_sends(told)

    text = await lan.text()

    found = one(text, "MedicationRequest")["medicationCodeableConcept"]
    assert found["coding"][0]["code"] == "C08CA01"


async def test_a_row_from_before_has_words_only_and_is_valid(lan: Lan, database: Database) -> None:
    await lan.hospital.posts(a_whole_record())
    for table in ("allergy", "medicine", "condition", "observation", "immunisation", "procedure"):
        await database.owner.execute(f"UPDATE {table} SET coded = ''")

    text = await lan.text()

    assert wrong_with(text) == []
    assert one(text, "Condition")["code"] == {"text": "Tăng huyết áp"}
    assert "intent" not in one(text, "MedicationRequest")


async def test_of_each_code_only_the_newest_of_a_year_counts(lan: Lan) -> None:
    def at(days: int) -> str:
        return (now() - timedelta(days=days)).isoformat()

    await lan.hospital_sends(
        a_measurement("70.0", effectiveDateTime=at(20)),
        a_measurement("72.50", effectiveDateTime=at(10)),
        a_measurement("71.0", effectiveDateTime=at(30)),
        a_measurement("1.0", "718-7", effectiveDateTime=at(400)),
        a_measurement("2.0", "789-8", effectiveDateTime=at(1), status="preliminary"),
    )

    text = await lan.text()

    assert one(text, "Observation")["valueQuantity"]["value"] == "72.50"


async def test_a_code_without_a_system_is_newest_in_its_hospital_only(
    lan: Lan, database: Database, client: AsyncClient
) -> None:
    other = await a_hospital(database, client, "BV HAI")
    await other.posts(registration(LAN_HERSELF))
    local = {"code": {"text": "Xét nghiệm 7", "coding": [{"code": "7"}]}}
    await lan.hospital_sends(a_measurement("1.0") | local, a_measurement("1.5") | local)
    await other.posts(sent(a_measurement("99.0") | local))

    await reaches_every_chart(database.owner)
    found = {
        each["valueQuantity"]["value"]
        for each in resources_in(await lan.text())
        if each["resourceType"] == "Observation"
    }

    assert len(found) == 2
    assert "99.0" in found


async def test_the_person_is_there_without_a_number(lan: Lan) -> None:
    text = await lan.text()

    person = one(text, "Patient")
    assert set(person) == {"resourceType", "id", "name", "gender", "birthDate"}
    assert person["birthDate"] == LAN_HERSELF.birth_date
    for number in (LAN_HERSELF.citizen_id, LAN_HERSELF.hospital_number, LAN_HERSELF.mobile):
        assert number not in text


async def test_each_record_says_which_hospital_sent_it(
    lan: Lan, database: Database, client: AsyncClient
) -> None:
    other = await a_hospital(database, client, "BV HAI")
    await other.posts(registration(LAN_HERSELF))
    await lan.hospital_sends(an_allergy())
    answer = await other.posts(sent(an_allergy("Tôm", "227037002")))
    assert answer.status_code == 200, answer.text

    await reaches_every_chart(database.owner)
    text = await lan.text()

    found = {
        each["code"]["text"]: each["meta"]["source"]
        for each in resources_in(text)
        if each["resourceType"] == "AllergyIntolerance"
    }
    assert found == {
        "Penicillin": f"urn:uuid:{lan.hospital.facility}",
        "Tôm": f"urn:uuid:{other.facility}",
    }
    assert wrong_with(text) == []


async def test_what_is_restricted_is_in_no_summary_even_after_a_step_up(
    lan: Lan, database: Database
) -> None:
    """And nothing tells that there is any: with and without it the same is said."""
    await lan.hospital_sends(a_condition())
    without = await lan.asks()
    await lan.hospital_sends(
        a_condition("Nhiễm HIV", "86406008"), a_medicine("Dolutegravir 50 mg", "J05AJ03"),
        an_allergy("Efavirenz", "387001004"),
    )  # fmt: skip
    await database.owner.execute(
        "UPDATE session_chart SET stepped_up_until = hub_clock() + interval '1 hour'"
    )

    answer = await lan.asks()

    assert await database.owner.fetchval("SELECT count(*) FROM medicine WHERE restriction <> ''")
    for word in ("HIV", "Dolutegravir", "Efavirenz", "86406008", "J05AJ03"):
        assert word not in answer.text
    assert answer.headers["etag"] == without.headers["etag"]


async def test_a_coding_whose_words_no_output_may_say_is_left_out_whole(lan: Lan) -> None:
    said = {
        "coding": [
            {"system": "urn:bvmau:dx", "code": "Z34-NAM", "display": "Giới tính thai: nam"},
            {"system": "urn:bvmau:dx", "code": "Z34", "display": "Thai thường"},
        ],
        "text": "Theo dõi thai",
    }
    await lan.hospital_sends(a_statement(medicationCodeableConcept=said))

    kept = await lan.database.owner.fetch("SELECT coded FROM medication_statement")

    assert all("Z34-NAM" not in each["coded"] for each in kept)


async def test_what_is_hidden_or_over_is_left_out(lan: Lan) -> None:
    await lan.hospital_sends(
        a_medicine("over", "C1", status="stopped"), a_medicine("done", "C2", status="completed"),
        a_condition("gone", "C3", clinicalStatus={"coding": [{"code": "resolved"}]}),
        an_allergy("error", "C4", verificationStatus={"coding": [{"code": "entered-in-error"}]}),
        a_medicine("never", "C5", doNotPerform=True), a_medicine("thought", "C6", intent="plan"),
    )  # fmt: skip

    kinds = {each["resourceType"] for each in resources_in(await lan.text())}

    assert kinds == {"Composition", "Patient", "Device"}


async def test_a_medicine_whose_place_another_took_is_left_out(lan: Lan) -> None:
    old, since = a_medicine("Old", "C1"), (now() - timedelta(days=1)).date().isoformat()
    new = a_medicine(
        "New", "C2", priorPrescription={"identifier": old["identifier"][0]},
        dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": since}}}}],
    )  # fmt: skip
    await lan.hospital_sends(old)
    before = await lan.text()
    await lan.hospital_sends(new)

    assert one(before, "MedicationRequest")["medicationCodeableConcept"]["text"] == "Old"
    text = await lan.text()
    assert one(text, "MedicationRequest")["medicationCodeableConcept"]["text"] == "New"


async def test_a_name_of_markup_is_text_in_the_narrative(lan: Lan) -> None:
    await lan.hospital_sends(a_condition("<script>&amp;</script> \u202eA", "1"))

    text = await lan.text()

    assert wrong_with(text) == []
    div = section(text, PROBLEMS)["text"]["div"]
    assert "&lt;script&gt;&amp;amp;&lt;/script&gt; A" in div


async def test_an_app_that_has_it_is_not_sent_it_again(lan: Lan) -> None:
    first = await lan.asks()
    again = await lan.asks(if_none_match=first.headers["etag"])
    other_language = await lan.asks(if_none_match=first.headers["etag"], accept_language="en")
    await lan.hospital_sends(an_allergy())
    changed = await lan.asks(if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert (other_language.status_code, changed.status_code) == (200, 200)


async def test_a_reading_is_one_line_in_the_log(lan: Lan, database: Database) -> None:
    await lan.text()

    rows = await database.owner.fetch("SELECT action FROM audit_event WHERE action LIKE 'summary%'")
    assert [each["action"] for each in rows] == ["summary"]


def test_codes_are_read_back_as_they_were_written() -> None:
    coded = Coded(code=[Coding(system="s", code="c", display="Ế")], intent="order", forbidden=True)

    assert read_coded(coded_json(coded)) == coded
    assert (coded_json(NOTHING), read_coded("")) == ("", NOTHING)
