"""A record shows the names of those it refers to, wherever they stand; never a relative's."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.auth.steps import everybody_steps_up, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import CONDITION, ENCOUNTER, HERS, Resource, concept, sent

ROOM: Resource = {"resourceType": "Location", "id": "room", "name": "Phòng khám Tim mạch, tầng 2"}
DOCTOR: Resource = {
    "resourceType": "Practitioner",
    "id": "doctor",
    "name": [{"text": "BS. Trần Văn Mẫu"}],
}
CLINIC: Resource = {"resourceType": "HealthcareService", "id": "clinic", "name": "Khoa Khám bệnh"}
TURN: Resource = {
    "resourceType": "PractitionerRole", "id": "turn", "code": [concept("Bác sĩ trực")],
    "organization": {"display": "Khoa Cấp cứu"},
}  # fmt: skip


def visit(**more: Any) -> Resource:
    return {name: part for name, part in ENCOUNTER.items() if name != "participant"} | more


def meeting(*actors: Resource, **more: Any) -> Resource:
    patient = {"type": "Patient", **HERS}
    return {
        "resourceType": "Appointment", "id": "ap", "status": "booked",
        "start": "2099-01-05T08:30:00+07:00",
        "participant": [{"actor": each, "status": "accepted"} for each in (patient, *actors)],
    } | more  # fmt: skip


def to(resource: Resource, contained: bool = False) -> Resource:  # noqa: FBT001, FBT002  # said by name
    name = resource["id"]
    return {"reference": f"#{name}" if contained else f"{resource['resourceType']}/{name}"}


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def posted(hospital: Hospital, *resources: Resource) -> Any:
    answer = await hospital.posts(sent(*resources))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def the_only(database: Database, client: AsyncClient, listed: str) -> Any:
    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get(f"/v1/patients/me/{listed}", headers=lan.bearer)
    assert page.status_code == 200, page.text
    (only,) = page.json()["items"]
    return only


@pytest.mark.parametrize("way", ["before", "beside", "contained", "display"])
async def test_an_appointment_says_where_and_with_whom(
    database: Database, client: AsyncClient, hospital: Hospital, way: str
) -> None:
    if way == "before":
        await posted(hospital, ROOM, DOCTOR)
    actors: list[Resource] = [
        {"type": each["resourceType"], "display": each["name"]}
        if way == "display"
        else to(each, contained=way == "contained")
        for each in (ROOM, DOCTOR)
    ]
    if way == "display":
        actors[1]["display"] = DOCTOR["name"][0]["text"]
    more = {"contained": [ROOM, DOCTOR]} if way == "contained" else {}
    beside: list[Resource] = [ROOM, DOCTOR] if way == "beside" else []

    await posted(hospital, *beside, meeting(*actors, **more))

    read = await the_only(database, client, "appointments")
    assert (read["where"], read["locations"]) == (ROOM["name"], [ROOM["name"]])
    assert read["people"] == ["BS. Trần Văn Mẫu"]
    assert read["participants"] == [{"name": "BS. Trần Văn Mẫu", "role": None}]


@pytest.mark.parametrize(
    ("names", "called"),
    [
        ([{"family": "Trần", "given": ["Văn", "Mẫu"], "prefix": ["BS."]}], "BS. Trần Văn Mẫu"),
        ([{"text": "Trần Cũ", "period": {"end": "2019-05-01"}}, {"text": "Trần Mới"}], "Trần Mới"),
        ([{"use": "nickname", "text": "Bé Na"}, {"use": "official", "text": "Trần Na"}], "Trần Na"),
        ([{"use": "maiden", "text": "Trần Na"}], "Trần Na"),
    ],
)
async def test_a_doctor_is_called_by_the_name_in_use_in_its_vietnamese_order(
    database: Database, client: AsyncClient, hospital: Hospital, names: list[Resource], called: str
) -> None:
    doctor = DOCTOR | {"name": names}
    await posted(hospital, doctor, meeting(to(ROOM, contained=False), to(doctor, contained=False)))

    assert (await the_only(database, client, "appointments"))["people"] == [called]


async def test_a_service_and_a_role_are_called_by_their_words(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await posted(hospital, meeting(to(CLINIC, contained=True), to(TURN, contained=True),
                                   contained=[CLINIC, TURN]))  # fmt: skip

    read = await the_only(database, client, "appointments")
    assert read["people"] == ["Khoa Khám bệnh", "Bác sĩ trực, Khoa Cấp cứu"]


async def test_neither_the_patient_nor_a_relative_is_named_in_a_record(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    mother = {"resourceType": "RelatedPerson", "id": "mother", "name": [{"text": "Vũ Thị Mẹ"}],
              "patient": HERS}  # fmt: skip
    her = {"reference": "RelatedPerson/elsewhere", "display": "Vũ Thị Mẹ"}

    await posted(
        hospital,
        meeting({**to(mother, contained=True)}, her, contained=[mother]),
        CONDITION | {"asserter": her, "recorder": {"type": "Patient", **HERS, "display": "Lan"}},
    )

    rows = [
        await database.owner.fetchval(f"SELECT body FROM {table}")
        for table in ("appointment", "condition")
    ]
    assert "Vũ Thị Mẹ" not in str(rows)
    condition = await the_only(database, client, "conditions")
    assert (condition["people"], condition["asserter"], condition["recorder"]) == ([], None, None)


async def test_a_visit_says_where_it_was_what_was_found_and_how_it_ended(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await posted(hospital, ROOM, DOCTOR)

    await posted(
        hospital,
        visit(
            serviceType=concept("Nội tim mạch"),
            participant=[{"individual": to(DOCTOR), "type": [
                {"coding": [{"code": "ATND", "display": "Bác sĩ điều trị"}]}]},
                {"individual": to(DOCTOR), "type": [concept("", "PPRF")]}],
            location=[{"location": to(ROOM), "physicalType": concept("Phòng")}],
            diagnosis=[{"condition": {"display": "Suy tim độ II"}, "use": concept("Ra viện")}],
            hospitalization={"dischargeDisposition": concept("Về nhà")},
        ),
    )  # fmt: skip

    read = await the_only(database, client, "visits")
    assert read["serviceType"] == "Nội tim mạch"
    assert read["people"] == ["BS. Trần Văn Mẫu", "Khoa Hô hấp"]
    assert read["participants"] == [
        {"name": "BS. Trần Văn Mẫu", "role": "Bác sĩ điều trị"},
        {"name": "BS. Trần Văn Mẫu", "role": None},
    ]
    assert read["locations"] == [{"name": ROOM["name"], "role": "Phòng"}]
    assert read["diagnoses"] == [{"name": "Suy tim độ II", "role": "Ra viện"}]
    assert read["discharge"] == "Về nhà"


async def test_the_diagnosis_of_a_visit_restricts_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B20"}],
            "text": "Suy giảm miễn dịch"}  # fmt: skip
    inside = CONDITION | {"id": "inside", "code": code}
    await posted(
        hospital,
        visit(contained=[inside], diagnosis=[{"condition": to(inside, contained=True)}]),
    )
    lan = await sign_in(client, database, LAN.citizen_id)

    closed = await client.get("/v1/patients/me/visits", headers=lan.bearer)
    await everybody_steps_up(database.owner)
    opened = await client.get("/v1/patients/me/visits", headers=lan.bearer)

    assert closed.json()["items"] == []
    assert opened.json()["items"][0]["diagnoses"] == [{"name": "Suy giảm miễn dịch", "role": None}]


async def test_a_condition_of_its_own_is_not_told_by_the_visit_that_points_to_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    """It may have to wait, or be restricted, by itself."""
    await posted(hospital, CONDITION, visit(diagnosis=[{"condition": to(CONDITION)}]))

    read = await the_only(database, client, "visits")
    assert read["diagnoses"] == []


async def test_names_that_come_later_are_filled_in_with_their_roles(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    roles = [
        {"individual": to(DOCTOR), "type": [concept("Bác sĩ điều trị")]},
        {"individual": {"display": "ĐD. Lê Mẫu"}, "type": [concept("Điều dưỡng")]},
    ]
    await posted(hospital, visit(participant=roles, location=[{"location": to(ROOM)}]))

    before = json.loads(await database.owner.fetchval("SELECT body FROM visit"))
    await posted(hospital, ROOM)
    await posted(hospital, DOCTOR)

    after = await the_only(database, client, "visits")
    nurse = {"name": "ĐD. Lê Mẫu", "role": "Điều dưỡng"}
    assert (before["participants"], before["locations"]) == ([nurse], [])
    assert after["participants"] == [{"name": "BS. Trần Văn Mẫu", "role": "Bác sĩ điều trị"}, nurse]
    assert after["locations"] == [{"name": ROOM["name"], "role": None}]


async def test_a_restricted_place_that_came_before_restricts_an_appointment(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await posted(hospital, ROOM | {"name": "Phòng khám ngoại trú HIV"})

    await posted(hospital, meeting(to(ROOM)))

    assert await database.owner.fetchval("SELECT restriction FROM appointment") == "hiv"


async def test_a_measurement_inside_a_report_is_by_the_people_beside_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    inside = {"resourceType": "Observation", "id": "o", "status": "final", "subject": HERS,
              "code": concept("Kali"), "performer": [to(DOCTOR, contained=True)]}  # fmt: skip
    await posted(
        hospital,
        {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": HERS,
         "code": concept("Sinh hóa"), "contained": [inside, DOCTOR],
         "result": [to(inside, contained=True)]},
    )  # fmt: skip

    read = await the_only(database, client, "observations")
    assert read["people"] == ["BS. Trần Văn Mẫu"]


async def test_a_name_of_a_novel_is_cut_where_all_can_see_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await posted(hospital, visit(reasonCode=[concept("rất dài " * 1000)]))

    (reason,) = (await the_only(database, client, "visits"))["reasons"]
    assert reason.endswith("[…]")
    assert len(reason) < 2_010


async def test_a_doctor_who_is_only_named_is_with_whom_an_appointment_is(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    unknown = {"identifier": {"system": "urn:x", "value": "7"}, "display": "Vũ Thị Mẹ"}

    await posted(hospital, meeting({"display": "BS. Trần Văn Mẫu"}, unknown))

    read = await the_only(database, client, "appointments")
    assert read["people"] == ["BS. Trần Văn Mẫu"]
