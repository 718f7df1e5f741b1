"""What comes late is under the same rules as what comes in its order: whose, restricted, held."""

import json
from base64 import b64encode
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import encoded
from tests.any_order.ends import told
from tests.any_order.invented import DAY, WHOSE, Resource, patient
from tests.any_order.sending import DOCTOR, ILLNESS, MEASURED, REPORT, puts
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.files import PLAIN_PDF, TEXT, sha256_of
from tests.harness.intake.hospital import Hospital, a_hospital

HER_ID, HIS_ID = "079185000011", "079085000028"
HIS = {"reference": "Patient/tu"}
LETTER: Resource = {
    "resourceType": "DocumentReference", "id": "l1", "status": "current", "date": DAY,
    "subject": WHOSE, "type": {"text": "Giấy ra viện"},
    "content": [{"attachment": {"url": "Binary/f1", "title": "Bản quét"}}],
}  # fmt: skip
SCAN: Resource = {"resourceType": "Binary", "id": "f1", "contentType": "application/pdf",
        "data": b64encode(PLAIN_PDF).decode()}  # fmt: skip


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await puts(made, patient(HER_ID))
    his = patient(HIS_ID) | {"id": "tu", "gender": "male"}
    his["telecom"] = [{"system": "phone", "use": "mobile", "value": "0907654321"}]
    await puts(made, his)
    return made


async def stored(database: Database, table: str, column: str = "body") -> Any:
    said = await database.owner.fetchval(f"SELECT {column} FROM {table} ORDER BY id LIMIT 1")
    return json.loads(said) if column in {"body", "header"} else said


async def test_what_comes_later_under_that_id_for_another_chart_is_not_attached(
    database: Database, hospital: Hospital
) -> None:
    for name in ("c8", "c9"):  # so that his chart has had more changes than hers
        await puts(hospital, ILLNESS | {"id": name, "subject": HIS})
    await puts(hospital, REPORT)

    await puts(hospital, MEASURED | {"subject": HIS})

    shown = await stored(database, "result")
    assert (shown["observations"], shown["missing"]) == ([], 1)
    assert not await stored(database, "observation", "reported")


async def test_a_member_of_another_chart_is_not_attached_to_a_panel(
    database: Database, hospital: Hospital
) -> None:
    panel = MEASURED | {"id": "n1", "hasMember": [{"reference": "Observation/o1"}]}
    parts = [{"reference": f"Observation/{name}"} for name in ("n1", "o2")]
    await puts(hospital, REPORT | {"result": parts})
    await puts(hospital, panel)

    await puts(hospital, MEASURED | {"subject": HIS})
    await puts(hospital, MEASURED | {"id": "o2"})

    shown = await stored(database, "result")
    assert (len(shown["observations"]), shown["missing"]) == (2, 1)


async def test_a_name_that_another_hospital_sends_is_not_taken(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await puts(hospital, ILLNESS)
    other = await a_hospital(database, client, "BV KHAC")

    await puts(other, DOCTOR)

    assert (await stored(database, "condition"))["people"] == []


@pytest.mark.parametrize("file_first", [False, True], ids=["letter first", "file first"])
async def test_a_file_that_is_another_patients_is_not_shown(
    database: Database, hospital: Hospital, *, file_first: bool
) -> None:
    his = SCAN | {"securityContext": HIS}
    for one in [his, LETTER] if file_first else [LETTER, his]:
        await puts(hospital, one)

    (file,) = (await stored(database, "document"))["files"]
    assert (file["shown"], file["whyNot"]) == (False, "elsewhere")
    count = "SELECT count(*) FROM document_content WHERE patient IS NOT NULL"
    assert await database.owner.fetchval(count) == 0


@pytest.mark.parametrize("file_first", [False, True], ids=["letter first", "file first"])
@pytest.mark.parametrize(
    ("said", "shown"),
    [({"hash": sha256_of(PLAIN_PDF)}, True), ({"hash": sha256_of(TEXT)}, False),
     ({"size": len(PLAIN_PDF)}, True), ({"size": 1}, False)],
)  # fmt: skip
async def test_a_file_is_shown_only_if_it_is_what_its_letter_says(
    database: Database, hospital: Hospital, said: Resource, *, shown: bool, file_first: bool
) -> None:
    attachment = LETTER["content"][0]["attachment"] | said
    letter = LETTER | {"content": [{"attachment": attachment}]}
    for one in [SCAN, letter] if file_first else [letter, SCAN]:
        await puts(hospital, one)

    (file,) = (await stored(database, "document"))["files"]
    assert (file["shown"], file["whyNot"]) == (shown, None if shown else "altered")


@pytest.mark.parametrize("file_first", [False, True], ids=["letter first", "file first"])
async def test_a_picture_of_an_unborn_child_is_withheld_whatever_comes_first(
    database: Database, hospital: Hospital, *, file_first: bool
) -> None:
    letter = LETTER | {"type": {"text": "Siêu âm thai"}}
    for one in [SCAN, letter] if file_first else [letter, SCAN]:
        await puts(hospital, one)

    (file,) = (await stored(database, "document"))["files"]
    assert (file["shown"], file["whyNot"]) == (False, "withheld")
    count = "SELECT count(*) FROM document_content WHERE patient IS NOT NULL"
    assert await database.owner.fetchval(count) == 0


async def test_a_department_that_comes_late_withholds_what_was_shown(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, SCAN)
    await puts(hospital, LETTER | {"author": [{"reference": "Organization/g3"}]})
    before = (await stored(database, "document"))["files"][0]["shown"]

    await puts(hospital, {"resourceType": "Organization", "id": "g3", "name": "Khoa Phụ sản"})

    (file,) = (await stored(database, "document"))["files"]
    assert (before, file["shown"], file["whyNot"]) == (True, False, "withheld")
    count = "SELECT count(*) FROM document_content WHERE patient IS NOT NULL"
    assert await database.owner.fetchval(count) == 0


async def test_a_file_that_comes_after_its_department_is_withheld_too(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, LETTER | {"author": [{"reference": "Organization/g3"}]})
    await puts(hospital, {"resourceType": "Organization", "id": "g3", "name": "Khoa Phụ sản"})

    await puts(hospital, SCAN)

    (file,) = (await stored(database, "document"))["files"]
    assert (file["shown"], file["whyNot"]) == (False, "withheld")


async def test_a_restricted_name_that_comes_late_takes_the_record_away_from_the_app(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await puts(hospital, ILLNESS | {"recorder": {"reference": "Organization/g2"}})
    lan = await sign_in(client, database, HER_ID)
    first = (await client.get("/v1/patients/me/changes", headers=lan.bearer)).json()

    await puts(hospital, {"resourceType": "Organization", "id": "g2", "name": "Phòng khám HIV"})

    since = {"since": first["nextCursor"]}
    news = await client.get("/v1/patients/me/changes", params=since, headers=lan.bearer)
    listed = await client.get("/v1/patients/me/conditions", headers=lan.bearer)
    assert [one["kind"] for one in first["items"]] == ["condition"]
    assert [one.get("gone") for one in news.json()["items"]] == [True]
    assert listed.json()["items"] == []
    assert await stored(database, "condition", "restriction") == "hiv"


async def test_a_restricted_medicine_that_comes_late_is_named_by_no_other(
    database: Database, hospital: Hospital
) -> None:
    old = {"resourceType": "MedicationRequest", "id": "x1", "status": "active", "intent": "order",
           "subject": WHOSE, "authoredOn": DAY,
           "medicationCodeableConcept": {"text": "Enalapril"}}  # fmt: skip
    new = {name: said for name, said in old.items() if name != "medicationCodeableConcept"} | {
        "id": "x2", "medicationReference": {"reference": "Medication/d2"},
        "priorPrescription": {"reference": "MedicationRequest/x1"},
    }  # fmt: skip
    await puts(hospital, old)
    await puts(hospital, new)
    before = (await stored(database, "medicine"))["replacedBy"]

    await puts(
        hospital,
        {"resourceType": "Medication", "id": "d2", "code": {"text": "Dolutegravir 50 mg"}},
    )

    after = await stored(database, "medicine")
    assert before is not None
    assert (after["replacedBy"], after["name"]) == (None, "Enalapril")


async def test_a_restricted_member_restricts_its_report_and_what_is_told_of_it(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, REPORT)
    waits = await told(database, hospital.facility, {})

    await puts(hospital, MEASURED | {"code": {"text": "Tải lượng HIV"}})

    assert await stored(database, "result", "restriction") == "hiv"
    assert [kind for kind, _ in waits] == ["deferred result.ready"]
    assert [kind for kind, _ in await told(database, hospital.facility, {})] == []


async def test_a_measurement_of_a_report_that_is_kept_back_comes_late_and_is_kept_back(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, REPORT)
    kept = await hospital.says(
        {"eventId": str(new_id()), "type": "record.kept_back",
         "patient": {"citizenId": HER_ID}, "record": {"reference": "DiagnosticReport/k1"}}
    )  # fmt: skip
    assert kept.status_code == 202, kept.text

    await puts(hospital, MEASURED)

    assert await stored(database, "observation", "visible_from") is None
    assert len((await stored(database, "result"))["observations"]) == 1


async def test_a_measurement_that_was_entered_in_error_has_come_and_is_not_shown(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, REPORT)

    await puts(hospital, MEASURED | {"status": "entered-in-error"})

    shown = await stored(database, "result")
    assert (shown["observations"], shown["missing"]) == ([], 0)


async def test_a_report_is_told_once_when_its_last_measurement_has_come(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, REPORT | {"result": [{"reference": f"Observation/o{n}"} for n in (1, 2)]})
    heard = []
    for n in (1, 2):
        await puts(hospital, MEASURED | {"id": f"o{n}"})
        heard.append([kind for kind, _ in await told(database, hospital.facility, {})])
    await puts(hospital, MEASURED | {"id": "o3"})

    assert heard == [["deferred result.ready"], ["result.ready"]]
    shown = await stored(database, "result")
    assert (shown["correctedAt"], shown["missing"]) == (None, 0)


async def test_a_name_that_comes_late_is_a_numbered_change_and_tells_nobody(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await puts(hospital, ILLNESS)
    lan = await sign_in(client, database, HER_ID)
    first = (await client.get("/v1/patients/me/changes", headers=lan.bearer)).json()
    before = await told(database, hospital.facility, {})

    await puts(hospital, DOCTOR)
    await puts(hospital, DOCTOR | {"name": [{"text": "BS. Lê Thị Minh"}]})

    since = {"since": first["nextCursor"]}
    news = (await client.get("/v1/patients/me/changes", params=since, headers=lan.bearer)).json()
    assert [one["record"]["people"] for one in news["items"]] == [["BS. Lê Minh"]]
    assert await told(database, hospital.facility, {}) == before


@pytest.mark.parametrize(
    "reference",
    ["Observation/never", "https://other.example/fhir/Observation/1", "Observation?identifier=a|b",
     "http://other.example/fhir/Observation/1/_history/2", "Observation/a/b/c", "urn:his:7"],
)  # fmt: skip
async def test_a_reference_that_leads_nowhere_refuses_no_record(
    database: Database, hospital: Hospital, reference: str
) -> None:
    said = {"reference": reference, "type": "Observation"}
    await puts(hospital, ILLNESS | {"evidence": [{"detail": [said]}]})
    await puts(hospital, MEASURED | {"derivedFrom": [said], "hasMember": [said]})


async def test_a_name_that_means_nothing_outside_a_bundle_refuses_the_record(
    hospital: Hospital,
) -> None:
    lost = ILLNESS | {"encounter": {"reference": "urn:uuid:6c3e3f0a-3f4b-4f1a-9f43-0f3c2d1b5a61"}}

    answer = await hospital.sends("PUT", "/fhir/R4/Condition/c1", encoded(lost))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Condition.encounter"]
