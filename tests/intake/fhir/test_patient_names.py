"""What the id of a Patient names: a chart where it was PUT, and nothing outside a message."""

from typing import Any, Final

import pytest
from httpx import AsyncClient, Response

from backend.auth.identity.identifiers import ANY_SYSTEM, Identifier
from backend.auth.registration.patients import charts_of_citizen, find
from backend.intake.bulk_import import import_files
from backend.sandbox.demo.story_bundles import Resource, encoded
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital

LAN: Final = "079185000011"
SYSTEM: Final = "urn:try:patient"


def patient(number: str = "", said_id: str = "pat-1", **more: Any) -> Resource:
    numbers = [{"system": SYSTEM, "value": number}] if number else []
    one = {
        "resourceType": "Patient", "id": said_id, "identifier": numbers,
        "name": [{"text": "Lý Thị An"}], "gender": "female", "birthDate": "1985-03-12", **more,
    }  # fmt: skip
    return {name: part for name, part in one.items() if part != []}


def fever(of: str = "Patient/pat-1", name: str = "C1") -> Resource:
    return {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": name}],
            "subject": {"reference": of}, "code": {"text": "Sốt"}}  # fmt: skip


def bundle(*resources: Resource, kind: str = "transaction", put: bool = False) -> Resource:
    entries: list[Resource] = []
    for each in resources:
        address = f"{each['resourceType']}/{each.get('id', '')}"
        named = put and "id" in each
        request = {"method": "PUT" if named else "POST", "url": address.rstrip("/")}
        request["url"] = address if named else each["resourceType"]
        entries.append({"resource": each} | ({"request": request} if kind == "transaction" else {}))
    if kind == "message":
        header = {"resourceType": "MessageHeader", "eventUri": "urn:test",
                  "source": {"endpoint": "urn:test"}}  # fmt: skip
        entries.insert(0, {"resource": header})
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    return await a_hospital(database, client)


async def charts(hospital: Hospital, database: Database) -> int:
    return int(
        await database.owner.fetchval(
            "SELECT count(*) FROM patient WHERE facility = $1", hospital.facility
        )
    )


def said(answer: Response) -> list[str]:
    return [
        issue["diagnostics"]
        for each in answer.json()["entry"]
        for issue in each["response"].get("outcome", {}).get("issue", [])
    ]


@pytest.mark.parametrize("kind", ["transaction", "message"])
async def test_engines_that_name_every_patient_alike_mix_nobody(
    hospital: Hospital, database: Database, kind: str
) -> None:
    """Each message has its own pat-1, whatever else it says of them."""
    an = patient("A", birthDate="1960-06-06")
    binh = patient("B", gender="male", birthDate="1999-09-09", name=[{"text": "Đỗ Văn Bình"}])

    first = await hospital.posts(bundle(an, fever(name="C1"), kind=kind))
    second = await hospital.posts(bundle(binh, fever(name="C2"), kind=kind))

    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert await charts(hospital, database) == 2
    owners = await database.owner.fetch("SELECT DISTINCT patient FROM condition")
    assert len(owners) == 2
    alone = await hospital.posts(bundle(fever(name="C3"), kind=kind))
    assert alone.status_code == 422
    assert "you have not registered" in alone.text


@pytest.mark.parametrize("kind", ["collection", "transaction"])
async def test_the_id_of_what_is_put_or_exported_names_a_chart(
    hospital: Hospital, database: Database, kind: str
) -> None:
    put = kind == "transaction"
    first = await hospital.posts(bundle(patient(""), kind=kind, put=put))
    again = await hospital.posts(bundle(patient("", name=[{"text": "An"}]), kind=kind, put=put))
    later = await hospital.posts(bundle(fever(), kind=kind))

    assert [each.status_code for each in (first, again, later)] == [200, 200, 200], later.text
    assert first.json()["entry"][0]["response"]["location"] == "Patient/pat-1"
    assert await charts(hospital, database) == 1


async def test_an_import_names_its_patients_however_they_are_sent(
    hospital: Hospital, database: Database, tmp_path: Any
) -> None:
    (tmp_path / "1.json").write_bytes(encoded(bundle(patient("", "x-1"))))
    (tmp_path / "2.json").write_bytes(encoded(bundle(fever("Patient/x-1"))))
    (tmp_path / "Patient.ndjson").write_bytes(encoded(patient("", "x-2")) + b"\n")
    (tmp_path / "Condition.ndjson").write_bytes(encoded(fever("Patient/x-2", "C2")) + b"\n")

    summary = await import_files(sorted(tmp_path.iterdir()), hospital.facility)

    assert summary.refused == 0
    assert await charts(hospital, database) == 2


async def test_who_is_posted_hears_a_name_that_holds(hospital: Hospital) -> None:
    answer = await hospital.posts(bundle(patient("A")))
    again = await hospital.posts(bundle(patient("A", "pat-77")))
    name = answer.json()["entry"][0]["response"]["location"]

    assert name != "Patient/pat-1"
    assert again.json()["entry"][0]["response"]["location"] == name
    assert (await hospital.posts(bundle(fever(name)))).status_code == 200
    alone = await hospital.sends("POST", "/fhir/R4/Patient", encoded(patient("A")))
    assert alone.headers["location"] == f"/fhir/R4/{name}"


@pytest.mark.parametrize("put", [True, False])
async def test_a_posted_patient_without_a_number_is_nobody(
    hospital: Hospital, database: Database, *, put: bool
) -> None:
    """Two strangers of one name would else be one chart."""
    answer = await hospital.posts(bundle(patient(""), put=put))

    assert answer.status_code == (200 if put else 422)
    assert await charts(hospital, database) == int(put)


async def test_an_id_put_corrects_what_an_undeclared_number_may_not(
    hospital: Hospital, database: Database
) -> None:
    other = {"birthDate": "1960-06-06", "gender": "male"}
    await hospital.posts(bundle(patient("A"), put=True))
    waits = await hospital.posts(bundle(patient("A", **other)))
    corrected = await hospital.posts(bundle(patient("A", **other), put=True))

    assert waits.json()["entry"][0]["response"]["status"] == "202 Accepted"
    assert said(waits)[0].startswith("waits for a person: its number is a chart's")
    assert corrected.json()["entry"][0]["response"]["status"] == "200 OK"
    assert await charts(hospital, database) == 1


async def test_the_answer_says_what_was_kept_apart(hospital: Hospital) -> None:
    numbers = [{"system": "urn:vn:citizen-id", "value": LAN}, {"system": SYSTEM, "value": "A"}]
    right = await hospital.posts(bundle(patient("A", identifier=numbers)))
    numbers = [numbers[0], {"system": SYSTEM, "value": "B"}]
    wrong = await hospital.posts(
        bundle(patient(identifier=numbers, birthDate="1949-09-09", gender="male"))
    )

    assert [each.partition("': ")[0] for each in said(right)][:1] == [
        f"identifier of system '{SYSTEM}"
    ]
    assert len([each for each in said(wrong) if "it was not taken for this one" in each]) == 1
    assert len(await charts_of_citizen(LAN, hospital.facility)) == 1
    found = await find([Identifier(SYSTEM, "B")], hospital.facility)
    assert found


@pytest.mark.parametrize(
    ("period", "use", "finds"),
    [
        ({}, "official", True),
        ({"start": "2020-01-01", "end": "9999-12-31"}, "official", True),
        ({"end": "2020-01-01"}, "official", False),
        ({"end": "2020"}, "official", False),
        ({"start": "2098-01-01"}, "official", False),
        ({}, "old", False),
    ],
)
async def test_a_number_of_another_time_finds_nobody(
    hospital: Hospital, period: Resource, use: str, *, finds: bool
) -> None:
    other = {"system": "urn:test:second", "value": "X", "use": use, "period": period}
    numbers = [{"system": SYSTEM, "value": "A"}, {k: v for k, v in other.items() if v}]
    await hospital.posts(bundle(patient(identifier=numbers)))

    found = await find([Identifier("urn:test:second", "X")], hospital.facility)

    assert (found is not None) is finds


async def test_a_hospital_number_may_name_its_system(
    hospital: Hospital, database: Database
) -> None:
    for system, gender in ((SYSTEM, "female"), ("urn:try:inpatient", "male")):
        one = patient(identifier=[{"system": system, "value": "1001"}], gender=gender)
        assert (await hospital.posts(bundle(one))).status_code == 200

    async def called(number: Any, event: str) -> Response:
        return await hospital.says({
            "eventId": event, "type": "queue.called", "ticket": "A1", "counter": "3",
            "patient": {"hospitalNumber": number},
        })  # fmt: skip

    assert (await called({"system": SYSTEM, "value": "1001"}, "e1")).status_code == 202
    assert (await called({"system": "urn:none", "value": "1001"}, "e2")).status_code == 422
    main = await called("1001", "e3")  # the main system is another
    assert (main.status_code, main.json()["code"]) == (422, "unknown_patient")
    await database.owner.execute("UPDATE facility_numbers SET main = false")
    shared = await called("1001", "e4")
    assert (shared.status_code, shared.json()["code"]) == (422, "shared_number")
    assert {each["message"] for each in shared.json()["errors"]} == {
        f"two of your charts have this number of system '{system}'"
        for system in (SYSTEM, "urn:try:inpatient")
    }
    assert "1001" not in shared.text
    odd: Any
    for odd in ({"system": SYSTEM}, {"value": "1001"}, {"system": SYSTEM, "value": ""}, 7, [], ""):
        assert (await called(odd, "e5")).status_code == 400
    no_system = await called({"system": "", "value": "1001"}, "e6")
    assert no_system.status_code == 422
    bare = await find([Identifier(ANY_SYSTEM, "none")], hospital.facility)
    assert bare is None
