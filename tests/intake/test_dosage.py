"""Doses get hours only where the timing has one meaning; everything else is shown as written."""

from decimal import Decimal
from typing import Any

import pytest

from backend.intake.fhir_dosage import dosage_text, dose_rule_of
from backend.intake.fhir_parsing import parse
from backend.sandbox.story_bundles import Resource, encoded

DAILY: Resource = {"frequency": 2, "period": 1, "periodUnit": "d"}


def a_request(
    repeat: Resource | None = None, *, dosage: Resource | None = None, **request: Any
) -> Resource:
    """A prescription of 2026-11-20, twice a day unless something else is said."""
    instruction = {
        "text": "Uống theo đơn",
        "timing": {"repeat": repeat or DAILY},
        "doseAndRate": [{"doseQuantity": {"value": Decimal("1.5"), "unit": "viên"}}],
    } | (dosage or {})
    return parse(
        encoded(
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept": {"text": "Paracetamol 500 mg"},
                "subject": {"reference": "Patient/1"},
                "authoredOn": "2026-11-20T08:00:00+07:00",
                "dosageInstruction": [instruction],
            }
            | request
        )
    )


def days(value: int, code: str = "d") -> Resource:
    return {"value": value, "unit": code, "system": "http://unitsofmeasure.org", "code": code}


PLAIN: dict[str, tuple[Resource, tuple[int, int, str | None]]] = {
    "once a day": ({"frequency": 1, "period": 1, "periodUnit": "d"}, (1, 1, None)),
    "frequency left out": ({"period": 1, "periodUnit": "d"}, (1, 1, None)),
    "four times a day": ({"frequency": 4, "period": 1, "periodUnit": "d"}, (4, 1, None)),
    "every twelve hours": ({"frequency": 1, "period": 12, "periodUnit": "h"}, (2, 1, None)),
    "for seven days": (DAILY | {"boundsDuration": days(7)}, (2, 1, "2026-11-26")),
    "for two weeks": (DAILY | {"boundsDuration": days(2, "wk")}, (2, 1, "2026-12-03")),
    "until a day": (DAILY | {"boundsPeriod": {"end": "2026-11-22"}}, (2, 1, "2026-11-22")),
    "every second day from a day": (
        {"frequency": 1, "period": 2, "periodUnit": "d", "boundsPeriod": {"start": "2026-11-21"}},
        (1, 2, None),
    ),
}


@pytest.mark.parametrize("how", PLAIN)
def test_a_plain_timing_gets_hours(how: str) -> None:
    repeat, expected = PLAIN[how]

    rule = dose_rule_of(a_request(repeat))

    assert rule
    last = rule.last_day and rule.last_day.isoformat()
    assert (rule.times_a_day, rule.every_days, last) == expected
    assert rule.amount == "1.5 viên"


NOT_PLAIN: dict[str, Resource] = {
    "as needed": {"asNeededBoolean": True},
    "as needed for a reason": {"asNeededCodeableConcept": {"text": "khi đau"}},
    "before meals": {"timing": {"repeat": DAILY | {"when": ["AC"]}}},
    "up to three times": {"timing": {"repeat": DAILY | {"frequencyMax": 3}}},
    "every six to eight hours": {
        "timing": {"repeat": {"frequency": 1, "period": 6, "periodMax": 8, "periodUnit": "h"}}
    },
    "every eight hours": {"timing": {"repeat": {"frequency": 1, "period": 8, "periodUnit": "h"}}},
    "five times a day": {"timing": {"repeat": DAILY | {"frequency": 5}}},
    "on mondays": {"timing": {"repeat": DAILY | {"dayOfWeek": ["mon"]}}},
    "at given times": {"timing": {"repeat": DAILY | {"timeOfDay": ["09:00:00"]}}},
    "ten doses in all": {"timing": {"repeat": DAILY | {"count": 10}}},
    "over half an hour": {"timing": {"repeat": DAILY | {"duration": 30, "durationUnit": "min"}}},
    "once a week": {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}},
    "twice in three days": {"timing": {"repeat": {"frequency": 2, "period": 3, "periodUnit": "d"}}},
    "every second day from any day": {
        "timing": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "d"}}
    },
    "one and a half days": {
        "timing": {"repeat": {"frequency": 1, "period": Decimal("1.5"), "periodUnit": "d"}}
    },
    "for a month": {"timing": {"repeat": DAILY | {"boundsDuration": days(1, "mo")}}},
    "for one to two weeks": {
        "timing": {"repeat": DAILY | {"boundsRange": {"low": days(7), "high": days(14)}}}
    },
    "until some month": {"timing": {"repeat": DAILY | {"boundsPeriod": {"end": "2026-12"}}}},
    "a code that says something else": {
        "timing": {"repeat": DAILY, "code": {"coding": [{"code": "TID"}]}}
    },
    "an event": {"timing": {"event": ["2026-11-21T08:00:00+07:00"]}},
    "a rate": {"doseAndRate": [{"rateQuantity": {"value": 5, "unit": "mL/h"}}]},
    "one or two": {"doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}]},
    "no more than": {"maxDosePerPeriod": {"numerator": {"value": 4}, "denominator": days(1)}},
    "something only an extension says": {
        "modifierExtension": [{"url": "http://x.example/not", "valueBoolean": True}]
    },
    "an extension of the timing": {
        "timing": {"repeat": DAILY, "extension": [{"url": "http://x.example", "valueCode": "x"}]}
    },
}


@pytest.mark.parametrize("how", NOT_PLAIN)
def test_nobody_guesses_hours(how: str) -> None:
    request = a_request(dosage=NOT_PLAIN[how])

    assert dose_rule_of(request) is None
    assert dosage_text(request["dosageInstruction"]) == "Uống theo đơn"


def test_two_instructions_are_text() -> None:
    request = a_request()
    request["dosageInstruction"] *= 2

    assert dose_rule_of(request) is None


def test_a_code_that_agrees_is_plain() -> None:
    timing = {"repeat": DAILY, "code": {"coding": [{"code": "BID"}]}}

    assert dose_rule_of(a_request(dosage={"timing": timing}))


def test_the_supply_ends_what_nothing_else_ends() -> None:
    rule = dose_rule_of(a_request(dispenseRequest={"expectedSupplyDuration": days(5)}))

    assert rule
    assert str(rule.last_day) == "2026-11-24"
