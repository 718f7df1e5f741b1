"""Makes a dose rule from the insurance fields LIEU_DUNG, CACH_DUNG and SO_LUONG."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from backend.records.dosage.dosing import PARTS, DayPart, DoseAmount, Plan, WallClock
from backend.records.dosage.insurance_text import DoseText, course_days, read_dose_text


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceLine:
    """One line of a prescription in the insurance XML."""

    dose: str
    """LIEU_DUNG."""
    instructions: str = ""
    """CACH_DUNG."""
    quantity: Decimal | None = None
    """SO_LUONG, where it counts in the unit of the dose."""
    first_day: date
    """NGAY_YL, as the local day."""
    zone: str


def plan_of(line: InsuranceLine) -> Plan | None:
    """Give the plan of a line with exactly one meaning; None if it is shown as written only."""
    dose = read_dose_text(line.dose, line.instructions)
    taken = taken_of(dose) if dose is not None else None
    if dose is None or taken is None:
        return None
    days = course_days(dose, line.quantity)
    if days is None and (line.quantity is not None or dose.days is not None):
        return None
    last = None if days is None else line.first_day + timedelta(days=days - 1)
    return (WallClock(zone=line.zone, taken=taken, first_day=line.first_day, last_day=last),)


def taken_of(dose: DoseText) -> tuple[DoseAmount, ...] | None:
    """Give the amounts of a day; None for a brew, or for times that nobody may choose."""
    if not dose.reminds:
        return None
    if dose.parts is not None:
        named = {DayPart[part.name]: amount for part, amount in dose.parts.items()}
        return tuple(
            DoseAmount(amount(named[part], dose.unit), part=part)
            for part in DayPart
            if part in named
        )
    if dose.times_a_day not in PARTS or dose.per_dose is None:
        return None
    said = amount(dose.per_dose, dose.unit)
    return tuple(DoseAmount(said, part=part) for part in PARTS[dose.times_a_day])


def amount(number: Decimal, unit: str) -> str:
    return f"{number.normalize():f} {unit}"
