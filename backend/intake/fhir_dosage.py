"""Reads how a medicine is taken: as text always, as a rule only when there is one meaning."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from backend.intake.fhir_values import Resource, amount_of, day, first_of, home, words_of
from backend.records.rules import DoseRule, Timing, dose_rule

_DOSAGE = frozenset(
    {"id", "sequence", "text", "additionalInstruction", "patientInstruction", "timing",
     "asNeededBoolean", "route", "method", "site", "doseAndRate"}
)  # fmt: skip
_REPEAT = frozenset({"frequency", "period", "periodUnit", "boundsDuration", "boundsPeriod"})
_DOSE_AND_RATE = frozenset({"id", "type", "doseQuantity"})
_CODES = {"QD": 1, "BID": 2, "TID": 3, "QID": 4}
_WHOLE = frozenset(Decimal(n) for n in range(1, 1000))
_DAYS = {"d": 1, "wk": 7}
"""Whoever adds an element that is in none of these tables has said something we do not know."""


def dosage_text(dosages: Sequence[Resource]) -> str | None:
    """Give every instruction as written; where nothing was written, what can be said for sure."""
    return "\n".join(filter(None, (_text(each) for each in dosages))) or None


def instructions_of(request: Resource) -> str | None:
    said = [
        text
        for each in request.get("dosageInstruction", [])
        for text in (
            each.get("patientInstruction"),
            *map(words_of, each.get("additionalInstruction", [])),
        )
        if text
    ]
    said += [each["text"] for each in request.get("note", []) if "text" in each]
    return "\n".join(dict.fromkeys(said)) or None


def dose_rule_of(request: Resource) -> DoseRule | None:
    """Give the rule of a request whose timing is plain; None for whatever else there is."""
    dosages = request.get("dosageInstruction", [])
    if len(dosages) != 1 or not _is_plain(dosages[0]):
        return None
    repeat: Resource = dosages[0]["timing"]["repeat"]
    begins = day(repeat.get("boundsPeriod", {}).get("start"), home())
    first = begins or day(request.get("authoredOn"), home())
    if first is None:
        return None
    known, last = _last_day(repeat, request, first)
    if not known:
        return None
    return dose_rule(
        Timing(
            frequency=repeat.get("frequency", 1),
            period=repeat["period"],
            period_unit=repeat["periodUnit"],
            first_day=first,
            begins_as_written=begins is not None,
            last_day=last,
            amount=amount_of(_dose(dosages[0])) or "",
        )
    )


def _is_plain(dosage: Resource) -> bool:
    timing: Resource = dosage.get("timing", {})
    repeat: Resource = timing.get("repeat", {})
    return (
        dosage.keys() <= _DOSAGE
        and not dosage.get("asNeededBoolean")
        and timing.keys() <= {"id", "repeat", "code"}
        and {"period", "periodUnit"} <= repeat.keys() <= _REPEAT
        and _code_agrees(timing.get("code"), repeat)
        and len(dosage.get("doseAndRate", [])) <= 1
        and all(each.keys() <= _DOSE_AND_RATE for each in dosage.get("doseAndRate", []))
        and _dose(dosage).keys() <= {"value", "unit", "system", "code"}
    )


def _code_agrees(code: Resource | None, repeat: Resource) -> bool:
    """A code says the whole timing by itself, so it must say the same."""
    if code is None:
        return True
    said = {_CODES.get(each.get("code", "")) for each in code.get("coding", [])}
    daily = repeat["period"] == 1 and repeat["periodUnit"] == "d"
    return daily and said == {repeat.get("frequency", 1)}


def _last_day(repeat: Resource, request: Resource, first: date) -> tuple[bool, date | None]:
    """Give whether the end is understood, and the last day if there is one."""
    if "boundsPeriod" in repeat:
        end = repeat["boundsPeriod"].get("end")
        last = day(end, home())
        return end is None or last is not None, last
    supply = request.get("dispenseRequest", {}).get("expectedSupplyDuration")
    duration = repeat.get("boundsDuration") or supply
    if duration is None:
        return True, None
    number: Decimal = duration.get("value", Decimal(0))
    unit = _DAYS.get(duration.get("code", duration.get("unit", "")))
    if unit is None or "comparator" in duration or number not in _WHOLE:
        return "boundsDuration" not in repeat, None
    return True, first + timedelta(days=int(number) * unit - 1)


def _dose(dosage: Resource) -> Resource:
    parts = dosage.get("doseAndRate", [])
    dose: Resource = parts[0].get("doseQuantity", {}) if parts else {}
    return dose


def _text(dosage: Resource) -> str | None:
    timing: Resource = dosage.get("timing", {})
    return first_of(
        dosage.get("text"), dosage.get("patientInstruction"), words_of(timing.get("code"))
    ) or amount_of(_dose(dosage))
