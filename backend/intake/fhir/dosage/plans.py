"""Reads when a medicine is taken: a plan if every part is understood, else none."""

from collections.abc import Sequence
from datetime import time, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

from msgspec.structs import replace

from backend.core.i18n import in_plain_letters
from backend.intake.fhir.dosage.course import course_of, length_of
from backend.intake.fhir.model.datatypes import Resource, all_words, amount_of
from backend.records.dosage.dosing import DayPart, Meal, Plan, Rule, WallClock
from backend.records.dosage.free_text import ReadWords, read_words
from backend.records.dosage.insurance_line import InsuranceLine, plan_of, taken_of
from backend.records.dosage.insurance_text import DoseText, read_dose_text
from backend.records.dosage.timing import Course, Timing, rule_of, together

_DOSAGE: Final = frozenset(
    {"id", "sequence", "text", "additionalInstruction", "patientInstruction", "timing",
     "asNeededBoolean", "route", "method", "site", "doseAndRate"}
)  # fmt: skip
_REPEAT: Final = frozenset(
    {"frequency", "period", "periodUnit", "boundsDuration", "boundsPeriod", "when", "timeOfDay",
     "dayOfWeek"}
)  # fmt: skip
_DOSE_AND_RATE: Final = frozenset({"id", "type", "doseQuantity"})
"""Whoever adds an element that is in none of these tables has said something we do not know."""

WHEN: Final[dict[str, tuple[DayPart, Meal | None]]] = {
    "MORN": (DayPart.MORNING, None), "NOON": (DayPart.NOON, None), "AFT": (DayPart.AFTERNOON, None),
    "EVE": (DayPart.EVENING, None), "NIGHT": (DayPart.EVENING, None), "HS": (DayPart.EVENING, None),
    "CM": (DayPart.MORNING, Meal.WITH), "CD": (DayPart.NOON, Meal.WITH), "CV": (DayPart.EVENING,
    Meal.WITH),
    "ACM": (DayPart.MORNING, Meal.BEFORE), "ACD": (DayPart.NOON, Meal.BEFORE),
    "ACV": (DayPart.EVENING, Meal.BEFORE), "PCM": (DayPart.MORNING, Meal.AFTER),
    "PCD": (DayPart.NOON, Meal.AFTER), "PCV": (DayPart.EVENING, Meal.AFTER),
}  # fmt: skip
"""Events with one meaning here. `early`, `late`, waking and `meals` in general have none."""

_CODES: Final[dict[str, Resource]] = {
    "QD": {"frequency": 1}, "BID": {"frequency": 2}, "TID": {"frequency": 3},
    "QID": {"frequency": 4}, "QOD": {"period": Decimal(2)}, "AM": {"when": ["MORN"]},
    "BED": {"when": ["HS"]},
    **{f"Q{n}H": {"period": Decimal(n), "periodUnit": "h"} for n in (1, 2, 3, 4, 6, 8)},
}  # fmt: skip
"""What a code says by itself. PM is a whole afternoon and evening; WK and MO name no day."""

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NO_UNIT: Final = frozenset({"ea", "each", "{each}"})
"""Says how many of a thing that it does not name: the doctor's words do."""

_Named: TypeAlias = tuple[Rule, bool]
"""A rule, and whether its parts of the day were named."""


def plan_of_request(request: Resource) -> Plan | None:
    """Give the dose plan of a request with exactly one meaning; None for all others."""
    dosages: Sequence[Resource] = request.get("dosageInstruction", [])
    if not dosages or not all(map(_is_understood, dosages)):
        return None
    if len(dosages) == 1 and "timing" not in dosages[0]:
        return _by_words_alone(dosages[0], request)
    rules = [rule for dosage in dosages if (rule := _rule(dosage, request, len(dosages)))]
    if len(rules) != len(dosages):
        return None
    if len(rules) > 1:
        return together(rules, [dosage.get("sequence") for dosage in dosages])
    return (rules[0][0],) if _was_handed_out(rules[0][0], dosages[0], request) else None


def _is_understood(dosage: Resource) -> bool:
    timing: Resource = dosage.get("timing", {})
    dose = _dose(dosage)
    return (
        dosage.keys() <= _DOSAGE
        and not dosage.get("asNeededBoolean")
        and timing.keys() <= {"id", "repeat", "code"}
        and timing.get("repeat", {}).keys() <= _REPEAT
        and len(dosage.get("doseAndRate", [])) <= 1
        and all(
            dose_and_rate.keys() <= _DOSE_AND_RATE
            for dose_and_rate in dosage.get("doseAndRate", [])
        )
        and dose.keys() <= {"value", "unit", "system", "code"}
        and "/" not in str(dose.get("unit", dose.get("code", "")))
    )


def _by_words_alone(dosage: Resource, request: Resource) -> Plan | None:
    """Read LIEU_DUNG where a system has put it into the text and said nothing else."""
    course = course_of({}, request)
    text = dosage.get("text", "")
    remarks = [
        dosage.get("patientInstruction"),
        *all_words(dosage.get("additionalInstruction", [])),
    ]
    instructions = ", ".join(filter(None, remarks))
    dose = read_dose_text(text, instructions)
    if course is None or dose is None or not _is_the_same(_dose(dosage), dose.per_dose, dose.unit):
        return None
    return plan_of(
        InsuranceLine(
            dose=text,
            instructions=instructions,
            quantity=_quantity(request, dose.unit),
            first_day=course.first_day,
            zone=course.zone,
        )
    )


def _rule(dosage: Resource, request: Resource, of: int) -> _Named | None:
    repeat = _said(dosage.get("timing", {}))
    course = course_of(repeat or {}, request, several=of > 1)
    if repeat is None or course is None:
        return None
    timing, dose = _timing(repeat, course, dosage), read_dose_text(dosage.get("text", ""))
    if timing is None:
        return None
    words = _words(dosage, dose)
    rule = rule_of(timing, words)
    if dose is not None:
        rule = _as_the_text_says(rule, dose, dosage) if isinstance(rule, WallClock) else None
    return (rule, bool(timing.parts or words.parts)) if rule else None


def _said(timing: Resource) -> Resource | None:
    """Give what timing and code say together: a code is complete by itself but for the bounds."""
    repeat: Resource = timing.get("repeat", {})
    codings = timing.get("code", {}).get("coding", [])
    own = {name: value for name, value in repeat.items() if not name.startswith("bounds")}
    if not codings:
        return repeat if _is_complete(own) else None
    said = [_CODES.get(coding.get("code", "")) for coding in codings]
    if said[0] is None or any(code != said[0] for code in said):
        return None
    once_a_day = {"frequency": 1, "period": Decimal(1), "periodUnit": "d"}
    if own and once_a_day | own != once_a_day | said[0]:
        return None
    return repeat | said[0]


def _is_complete(own: Resource) -> bool:
    """Tell whether a timing says how often in how long, or names what happens every day."""
    if "period" in own or "periodUnit" in own or "frequency" in own:
        return {"period", "periodUnit"} <= own.keys()
    return "when" in own or "timeOfDay" in own


def _timing(repeat: Resource, course: Course, dosage: Resource) -> Timing | None:
    whens, days = repeat.get("when", []), repeat.get("dayOfWeek", [])
    if not all(code in WHEN for code in whens) or not all(day in _WEEKDAYS for day in days):
        return None
    amount = amount_of(_dose(dosage)) or ""
    if _dose(dosage).get("unit", _dose(dosage).get("code")) in _NO_UNIT:
        amount = ""
    return Timing(
        course=course,
        frequency=repeat.get("frequency"),
        period=repeat.get("period", Decimal(1)),
        period_unit=repeat.get("periodUnit", "d"),
        parts=tuple(WHEN[code] for code in whens),
        hours=tuple(time.fromisoformat(time_of_day) for time_of_day in repeat.get("timeOfDay", [])),
        weekdays=tuple({_WEEKDAYS.index(day) for day in days}),
        amount=amount,
    )


def _words(dosage: Resource, dose: DoseText | None) -> ReadWords:
    """Read what stands beside the timing; a text in the grammar of LIEU_DUNG is all understood."""
    text, own = dosage.get("text"), dosage.get("patientInstruction")
    remarks = all_words(dosage.get("additionalInstruction", []))
    code = dosage.get("timing", {}).get("code", {})
    remarks += [code["text"]] if "text" in code and "coding" not in code else []
    if dose is None:
        return read_words(filter(None, [text, own]), remarks)
    beside = read_words(filter(None, [own]), remarks)
    parts = frozenset(DayPart[part.name] for part in dose.parts or ())
    same = beside.times in {None, dose.times_a_day}
    return ReadWords(
        parts=parts | beside.parts,
        times=dose.times_a_day,
        hours=beside.hours,
        depends=beside.depends or not same,
    )


def _as_the_text_says(rule: WallClock, dose: DoseText, dosage: Resource) -> WallClock | None:
    """Take amounts and days from a dose text, where they do not contradict the timing."""
    taken = taken_of(dose)
    first, last = rule.first_day, rule.last_day
    days = None if last is None else (last - first).days + 1
    alike = taken is not None and (
        (dose.parts is None and len(taken) == len(rule.taken))
        or [dose_amount.part for dose_amount in taken]
        == [dose_amount.part for dose_amount in rule.taken]
    )
    fits = rule.every_days == 1 and (dose.days is None or days in {None, dose.days})
    if not alike or not fits or not _is_the_same(_dose(dosage), dose.per_dose, dose.unit):
        return None
    if dose.days is not None:
        last = first + timedelta(days=dose.days - 1)
    return replace(rule, taken=taken if dose.parts is not None else rule.taken, last_day=last)


def _was_handed_out(rule: Rule, dosage: Resource, request: Resource) -> bool:
    """Tell whether as much was handed out as the timing needs, where both count alike."""
    supply = request.get("dispenseRequest", {})
    dose = _dose(dosage)
    days = length_of(supply.get("expectedSupplyDuration"))
    quantity = _quantity(request, str(dose.get("unit", "")))
    if not isinstance(rule, WallClock) or days is None or quantity is None or "value" not in dose:
        return True
    of_doses = sum(
        not rule.weekdays or (rule.first_day + timedelta(days=n)).weekday() in rule.weekdays
        for n in range(0, days.days, rule.every_days)
    )
    return bool(dose["value"] * of_doses * len(rule.taken) <= quantity)


def _quantity(request: Resource, unit: str) -> Decimal | None:
    """Give how much is handed out, where it counts in this unit."""
    quantity: Resource = request.get("dispenseRequest", {}).get("quantity", {})
    same = in_plain_letters(str(quantity.get("unit", ""))) == in_plain_letters(unit)
    value: Decimal | None = quantity.get("value")
    return value if same and unit else None


def _is_the_same(dose: Resource, amount: Decimal | None, unit: str) -> bool:
    if not dose:
        return True
    said = in_plain_letters(str(dose.get("unit", unit)))
    return dose.get("value") == amount and said == in_plain_letters(unit)


def _dose(dosage: Resource) -> Resource:
    parts = dosage.get("doseAndRate", [])
    dose: Resource = parts[0].get("doseQuantity", {}) if parts else {}
    return dose
