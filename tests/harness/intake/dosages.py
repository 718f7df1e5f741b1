"""Prescriptions for the tests of their timing: twice a day from 2026-11-20 on, unless said."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from backend.intake.fhir.model.parsing import parse_resource
from backend.records.dosage.dosing import DayPart, DoseAmount, Plan, WallClock
from backend.sandbox.demo.story_bundles import Resource, encoded

DAILY: Resource = {"frequency": 2, "period": 1, "periodUnit": "d"}


def a_request(
    repeat: Resource | None = None, *, dosage: Resource | None = None, **request: Any
) -> Resource:
    """A prescription of 2026-11-20, twice a day unless something else is said."""
    return several([dosage or {}], repeat, **request)


def several(
    dosages: Sequence[Resource], repeat: Resource | None = None, **request: Any
) -> Resource:
    """Give one with several dosages; what is None in one of them is left out of it."""
    usual: Resource = {
        "text": "Uống theo đơn",
        "timing": {"repeat": repeat or DAILY},
        "doseAndRate": [{"doseQuantity": {"value": Decimal("1.5"), "unit": "viên"}}],
    }
    instructions = [
        {name: value for name, value in (usual | each).items() if value is not None}
        for each in dosages
    ]
    return parse_resource(
        encoded(
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept": {"text": "Paracetamol 500 mg"},
                "subject": {"reference": "Patient/1"},
                "authoredOn": "2026-11-20T08:00:00+07:00",
                "dosageInstruction": instructions,
            }
            | request
        )
    )


def days(value: int, code: str = "d") -> Resource:
    return {"value": value, "unit": code, "system": "http://unitsofmeasure.org", "code": code}


SANG, TRUA, CHIEU, TOI = DayPart
EVERY_8_HOURS: Resource = {"frequency": 1, "period": 8, "periodUnit": "h"}
FROM_TEN: Resource = {"boundsPeriod": {"start": "2026-11-21T10:00:00+07:00"}}


def at(*parts: DayPart) -> tuple[DoseAmount, ...]:
    return tuple(DoseAmount("1.5 viên", part=each) for each in parts)


def only_rule(plan: Plan | None) -> WallClock:
    assert plan is not None
    (rule,) = plan
    assert isinstance(rule, WallClock)
    return rule
