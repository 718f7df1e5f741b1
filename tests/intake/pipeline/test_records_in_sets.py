"""Records of several patients that are stored at once stay each with its own patient."""

from collections.abc import Sequence

from backend.core.database import new_id
from backend.intake.fhir.interactions import parse_alone
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.pipeline.failpoints import no_failpoint
from backend.intake.pipeline.gathering import WaitingMessage
from backend.intake.pipeline.own_names import with_hashed_names
from backend.intake.pipeline.take_in import IntakeResult, _together
from backend.sandbox.demo.story_bundles import (
    HOSPITAL_NUMBERS,
    LAN,
    TU,
    Resource,
    StoryPerson,
    encoded,
    visit,
)
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, an_hour_ago


async def taken_in_at_once(hospital: Hospital, bundles: Sequence[Resource]) -> list[IntakeResult]:
    sender = nothing_declared(hospital.facility)
    messages = [
        with_hashed_names(parse_alone(encoded(bundle), sender, posted=False), hospital.facility)
        for bundle in bundles
    ]
    waiting = [
        WaitingMessage[IntakeResult](one, hospital.facility, new_id(), no_failpoint, frozenset())
        for one in messages
    ]
    return await _together(waiting)


def put(person: StoryPerson, resource: Resource) -> Resource:
    subject = {"reference": f"Patient?identifier={HOSPITAL_NUMBERS}|{person.hospital_number}"}
    request = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    entry = {"resource": resource | {"subject": subject}, "request": request}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


MEASURED: Resource = {
    "resourceType": "Observation", "id": "hb", "status": "final", "code": {"text": "Huyết sắc tố"},
    "valueString": "13",
}  # fmt: skip
REPORT: Resource = {
    "resourceType": "DiagnosticReport", "id": "cbc", "status": "final",
    "code": {"text": "Công thức máu"}, "result": [{"reference": "Observation/hb"}],
}  # fmt: skip


async def test_a_report_of_a_set_shows_no_measurement_of_another_patient(
    database: Database, hospital: Hospital
) -> None:
    """Both reports name it; only the patient whose it is sees it."""
    await hospital.registers(TU)
    own = put(TU, REPORT | {"id": "own"})
    own["entry"] += put(TU, MEASURED)["entry"]

    of_lan = put(LAN, REPORT)
    of_lan["entry"] += put(LAN, MEASURED | {"id": "another", "valueString": "9"})["entry"]

    await taken_in_at_once(hospital, [own, of_lan])

    rows = await database.owner.fetch(
        "SELECT cardinality(missing) AS missing, cardinality(observation_keys) AS shown,"
        " body LIKE '%13%' AS says FROM result ORDER BY cardinality(missing)"
    )
    assert [tuple(row) for row in rows] == [(0, 1, True), (1, 0, False)]


async def test_two_visits_of_a_set_are_stored_each_with_its_patient(
    database: Database, hospital: Hospital
) -> None:
    await hospital.registers(TU)
    bundles = [visit(person, an_hour_ago()) for person in (LAN, TU)]

    taken = await taken_in_at_once(hospital, bundles)

    assert ["201 Created" in one.answer for one in taken] == [True, True]
    for table, each in (("observation", 5), ("result", 1), ("appointment", 1), ("medicine", 1)):
        rows = await database.owner.fetch(
            f"SELECT count(*) AS n, count(DISTINCT received_event) AS messages FROM {table}"
            " GROUP BY patient"
        )
        assert [tuple(row) for row in rows] == [(each, 1), (each, 1)]
    plans = await database.owner.fetch("SELECT medicine, patient FROM dose_rule")
    owners = await database.owner.fetch("SELECT id, patient FROM medicine")
    assert {tuple(row) for row in plans} == {tuple(row) for row in owners}
