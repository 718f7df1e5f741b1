"""What of a change the patient reads, and what of it the patient is told."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import LAN, Resource, visit
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, an_hour_ago, only, resource, without_message_id
from tests.harness.intake.told import told


async def report_of(database: Database) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(await database.owner.fetchval("SELECT body FROM result"))
    return document


def blood_count(at: datetime, status: str = "final", **values: str) -> Resource:
    bundle = only(visit(LAN, at, values), "DiagnosticReport", "Observation")
    resource(bundle, "DiagnosticReport")["status"] = status
    return bundle


HGB = "718-7"


async def test_a_report_is_told_when_it_is_complete(database: Database, hospital: Hospital) -> None:
    at = an_hour_ago()

    heard = []
    for status in ("registered", "partial", "preliminary", "final"):
        await hospital.posts(blood_count(at, status))
        heard.append(await told(database))

    assert heard == [[], [], [], ["result.ready"]]


async def test_a_corrected_measurement_alone_changes_its_report_and_is_told(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(blood_count(at))

    await hospital.posts(only(blood_count(at, **{HGB: "12.9"}), "Observation"))

    assert [each["value"] for each in (await report_of(database))["observations"]][2] == 12.9
    assert await told(database) == ["result.ready", "result.corrected"]


@pytest.mark.parametrize("status", ["amended", "corrected", "appended", "final"])
async def test_a_changed_value_is_told_as_corrected(
    database: Database, hospital: Hospital, status: str
) -> None:
    at = an_hour_ago()
    await hospital.posts(blood_count(at))

    await hospital.posts(blood_count(at, status, **{HGB: "12.9"}))

    assert await told(database) == ["result.ready", "result.corrected"]


async def test_a_report_that_comes_first_as_corrected_is_ready(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(blood_count(an_hour_ago(), "corrected"))

    assert await told(database) == ["result.ready"]


async def test_a_correction_of_an_old_report_is_news_of_today(
    database: Database, hospital: Hospital
) -> None:
    last_month = an_hour_ago() - timedelta(days=30)
    await hospital.posts(blood_count(last_month))
    heard_of_the_old = await told(database)

    await hospital.posts(blood_count(last_month, **{HGB: "12.9"}))

    assert heard_of_the_old == []
    assert await told(database) == ["result.corrected"]


async def test_what_was_reported_in_error_disappears_silently(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(blood_count(at))

    await hospital.posts(
        only(blood_count(at, "entered-in-error"), "DiagnosticReport", "Observation")
    )

    assert await database.owner.fetchval("SELECT hidden FROM result")
    assert await told(database) == ["result.ready"]


async def test_a_measurement_taken_back_leaves_the_report(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(blood_count(at))
    taken_back = only(blood_count(at), "Observation")
    taken_back["entry"] = taken_back["entry"][:1]
    resource(taken_back, "Observation")["status"] = "entered-in-error"

    await hospital.posts(taken_back)

    assert len((await report_of(database))["observations"]) == 4


@pytest.mark.parametrize("kind", ["Observation", "DiagnosticReport"])
async def test_what_the_patient_does_not_see_is_not_told_as_a_change(
    database: Database, hospital: Hospital, kind: str
) -> None:
    at = an_hour_ago()
    await hospital.posts(blood_count(at))
    signed = blood_count(at)
    resource(signed, kind)["performer"] = [{"display": "Khoa Xét nghiệm"}]

    answer = await hospital.posts(signed)

    assert answer.status_code == 200
    assert await told(database) == ["result.ready"]


def appointment(at: datetime, **changes: Any) -> Resource:
    bundle = only(visit(LAN, at), "Appointment")
    resource(bundle, "Appointment").update(changes)
    return bundle


async def test_an_appointment_is_told_when_booked_moved_and_cancelled(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    later = (now() + timedelta(days=9)).isoformat()
    steps: list[dict[str, Any]] = [
        {"status": "proposed"}, {}, {"description": "Tái khám"},
        {"start": later, "end": later}, {"status": "cancelled"},
    ]  # fmt: skip

    for changes in steps:
        await hospital.posts(appointment(at, **changes))

    assert await told(database) == [
        "appointment.booked", "appointment.moved", "appointment.cancelled",
    ]  # fmt: skip


async def test_a_past_appointment_is_kept_and_not_told(
    database: Database, hospital: Hospital
) -> None:
    yesterday = (now() - timedelta(days=1)).isoformat()

    await hospital.posts(appointment(an_hour_ago(), start=yesterday, end=yesterday))

    assert await told(database) == []
    assert await database.owner.fetchval("SELECT count(*) FROM appointment") == 1


async def test_a_cancellation_needs_no_time_of_its_own(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(appointment(at))
    cancelled = appointment(at, status="cancelled")
    for name in ("start", "end"):
        del resource(cancelled, "Appointment")[name]

    answer = await hospital.posts(cancelled)

    assert answer.status_code == 200
    assert await told(database) == ["appointment.booked", "appointment.cancelled"]


async def test_a_medicine_that_is_stopped_has_no_more_doses(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(only(visit(LAN, at), "MedicationRequest"))
    rules = await database.owner.fetchval("SELECT count(*) FROM dose_rule WHERE until IS NULL")
    stopped = only(visit(LAN, at), "MedicationRequest")
    resource(stopped, "MedicationRequest")["status"] = "stopped"

    await hospital.posts(stopped)

    assert (
        rules,
        await database.owner.fetchval("SELECT count(*) FROM dose_rule WHERE until IS NULL"),
    ) == (1, 0)
    assert await told(database) == []


async def test_kinds_that_are_not_kept_are_accepted_and_dangle(
    database: Database, hospital: Hospital
) -> None:
    bundle = without_message_id(visit(LAN, an_hour_ago()))
    subject = resource(bundle, "Observation")["subject"]
    resource(bundle, "Observation")["encounter"] = {"reference": "Encounter/of-another-system"}
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "subject": subject,
            "description": {"text": "Đi bộ mỗi ngày"}}  # fmt: skip
    bundle["entry"].append({"resource": goal, "request": {"method": "POST", "url": "Goal"}})

    answer = await hospital.posts(bundle)

    assert answer.status_code == 200, answer.text
    said = answer.json()["entry"][8]["response"]
    assert (said["status"], said["outcome"]["issue"][0]["diagnostics"]) == (
        "200 OK", "kept as it came, and not shown to patients",
    )  # fmt: skip


async def test_a_panel_shows_its_members_and_contained_measurements(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    bundle = blood_count(at)
    report, panel = resource(bundle, "DiagnosticReport"), resource(bundle, "Observation")
    report["result"], members = [report["result"][0]], report["result"][1:]
    panel["hasMember"] = members
    report["contained"] = [
        {"resourceType": "Observation", "id": "c1", "status": "final", "valueString": "A+",
         "code": {"text": "Nhóm máu"}, "subject": report["subject"]}
    ]  # fmt: skip
    report["result"].append({"reference": "#c1"})

    answer = await hospital.posts(bundle)

    assert answer.status_code == 200, answer.text
    shown = (await report_of(database))["observations"]
    assert [each["name"] for each in shown][4:] == ["Tiểu cầu (PLT)", "Nhóm máu"]
    assert len(shown) == 6
