"""What a hospital prescribes in these stories, and how a patient asks for the doses."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from httpx import AsyncClient

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, LAN, ORDERS, Resource, StoryPerson
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital, asked_for

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TWICE_A_DAY: Resource = {"frequency": 2, "period": 1, "periodUnit": "d"}


def today() -> date:
    return now().astimezone(HANOI).date()


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HANOI)


def a_medicine(
    name: str, repeat: Resource | None = None, *, person: StoryPerson = LAN, **more: Any
) -> Resource:
    """A prescription that began three days ago, twice a day unless something else is said."""
    timing = {"repeat": repeat or TWICE_A_DAY}
    request = {
        "resourceType": "MedicationRequest",
        "id": name,
        "identifier": [{"system": ORDERS, "value": name}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": f"Patient?identifier={HOSPITAL_NUMBERS}|{person.hospital_number}"},
        "authoredOn": (today() - timedelta(days=3)).isoformat(),
        "dosageInstruction": [
            {
                "text": "Uống theo đơn",
                "timing": timing,
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "viên"}}],
            }
        ],
    }
    return request | more


def a_bundle(*resources: Resource) -> Resource:
    entries = [{"resource": each, "request": asked_for(each)} for each in resources]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def prescribes(hospital: Hospital, *resources: Resource) -> None:
    answer = await hospital.posts(a_bundle(*resources))
    assert answer.status_code == 200, answer.text


async def schedule(
    client: AsyncClient, who: Tokens, first: date, last: date | None = None, **more: str
) -> dict[str, Any]:
    asked = {"from": first.isoformat(), "to": (last or first).isoformat()} | more
    answer = await client.get(
        "/v1/patients/me/medicines/schedule", params=asked, headers=who.bearer
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def doses(
    client: AsyncClient, who: Tokens, first: date, last: date | None = None, **more: str
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await schedule(client, who, first, last, **more))["items"]
    return items


async def medicines(client: AsyncClient, who: Tokens) -> dict[str, dict[str, Any]]:
    answer = await client.get("/v1/patients/me/medicines", headers=who.bearer)
    return {each["name"]: each for each in answer.json()["items"]}
