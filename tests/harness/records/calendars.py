"""Appointments that a hospital books, and how an app reads them as a calendar."""

from datetime import datetime, timedelta
from typing import Any

from httpx import AsyncClient, Response
from icalendar import Calendar

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import Resource
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import HERS, concept, sent

SECRET = "Khoa Ung bướu"


async def books(hospital: Hospital, *appointments: Resource) -> None:
    answer = await hospital.posts(sent(*appointments))
    assert answer.status_code == 200, answer.text


def appointment(name: str, at: datetime, status: str = "booked", **more: Any) -> Resource:
    return {
        "resourceType": "Appointment", "id": name, "status": status,
        "start": at.isoformat(), "end": (at + timedelta(minutes=20)).isoformat(),
        "description": f"{SECRET} {name}", "serviceType": [concept(SECRET)],
        "patientInstruction": f"Nhịn ăn, {SECRET}",
        "participant": [
            {"actor": HERS | {"type": "Patient", "display": "Trần Thị Lan"}, "status": "accepted"},
            {"actor": {"reference": "Location/1", "display": SECRET}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/1", "display": "BS. Minh"}, "status": "accepted"},
        ],
        **more,
    }  # fmt: skip


def in_days(days: float) -> datetime:
    return (now() + timedelta(days=days)).replace(microsecond=0)


async def read(client: AsyncClient, who: Tokens, path: str, **headers: str) -> Response:
    answer = await client.get(f"/v1/patients/me/appointments{path}", headers=who.bearer | headers)
    assert answer.status_code in {200, 304}, answer.text
    return answer


def events_of(answer: Response) -> list[Any]:
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], "method" in calendar) == ("2.0", False)
    return calendar.walk("VEVENT")
