"""Reads the dose text of the insurance XML (LIEU_DUNG, CACH_DUNG): exactly, or not at all.

The grammar is that of XML2 in Decision 130 as amended by 4750, with the spellings hospital systems
are known to write. What is not all understood gives None: it is shown in the doctor's words and
never becomes a reminder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from backend.core.i18n import in_plain_letters


class PartOfDay(StrEnum):
    MORNING = "sang"
    NOON = "trua"
    AFTERNOON = "chieu"
    EVENING = "toi"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseText:
    """One dosage that has one meaning."""

    unit: str
    """As it is written with its marks: viên, ống, ml."""
    times_a_day: int
    per_dose: Decimal | None
    """None where the parts of the day differ."""
    per_day: Decimal
    days: int | None = None
    parts: Mapping[PartOfDay, Decimal] | None = None
    """How much at which part of the day; None where only the number of times is said."""
    decoctions: int | None = None
    """Traditional medicine is brewed (thang): the weight is of an ingredient, not of a dose."""

    @property
    def reminds(self) -> bool:
        return self.decoctions is None


UNITS: Final = {
    names[0]: names[-1]
    for names in (
        ("vien", "viên"), ("vien nang", "viên nang"), ("vien nen", "viên nén"),
        ("vien sui", "viên sủi"), ("ong", "ống"), ("lo", "lọ"), ("goi", "gói"), ("tui", "túi"),
        ("chai", "chai"), ("tuyp", "tuýp"), ("ml",), ("g",), ("mg",), ("mcg",), ("ui", "UI"),
        ("iu", "IU"), ("don vi", "đơn vị"), ("giot", "giọt"), ("nhat", "nhát"),
        ("nhat xit", "nhát xịt"), ("lieu", "liều"), ("mieng", "miếng"),
        ("mieng dan", "miếng dán"), ("thia", "thìa"), ("thia ca phe", "thìa cà phê"),
        ("muong", "muỗng"), ("but tiem", "bút tiêm"), ("bom tiem", "bơm tiêm"),
    )
}  # fmt: skip
"""A closed list: an open one would read `viên khi đau` as a unit and alarm who has no pain."""

MOST_TIMES: Final = 12
MOST_DAYS: Final = 366
MOST_AMOUNT: Final = Decimal(1000)
LONGEST: Final = 1024

_AMOUNT = r"(?P<{0}>\d{{1,4}}(?:[.,]\d{{1,2}}|/[1-9])?)"
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_BY = r" ?[*x×] ?"
_TOTAL = rf"(?: ?\[ ?{_AMOUNT.format('total')} ?(?P<total_unit>{_UNIT}) ?/ ?ngay ?\])?"
_TIMES = re.compile(
    rf"{_AMOUNT.format('dose')} ?(?P<unit>{_UNIT}) ?/ ?lan{_BY}(?P<times>\d{{1,2}}) ?lan ?/ ?ngay"
    rf"{_BY}(?P<days>\d{{1,3}}) ?ngay{_TOTAL}"
)
_BREWED = re.compile(
    rf"{_AMOUNT.format('dose')} ?(?P<unit>g|ml){_BY}(?P<thang>\d{{1,2}}) ?thang"
    rf"{_BY}(?P<days>\d{{1,3}}) ?ngay"
)
_ROUTE = r"(?:uong|ngam|nhai|boi|xit|nho mat|nho mui|nho tai)"
_PART = r"(?:sang|trua|chieu|toi)"
_ITEM = re.compile(rf"(?P<part>{_PART}) ?:? ?{_AMOUNT.format('dose')} ?(?P<unit>{_UNIT})")
_PARTS = re.compile(
    rf"(?:{_ROUTE}[,:]? )?(?P<items>{_PART}[^\[*]*?)(?:{_BY}(?P<days>\d{{1,3}}) ?ngay)?{_TOTAL}"
)
_MEAL = r"(?:(?:truoc|sau|trong)(?: khi| bua)? an(?: no)?(?: (?:15|30|60) phut)?|truoc khi di ngu)"
_INSTRUCTED = re.compile(
    rf"(?:{_ROUTE})?[,:]? ?(?P<parts>{_PART}(?:(?:, ?| va | ?- ?|; ?){_PART})*)?[,;]? ?{_MEAL}?\.?"
)


def read_dose_text(text: str, instructions: str = "") -> DoseText | None:
    """Read LIEU_DUNG together with CACH_DUNG; None unless both are understood completely.

    Instructions may only say by which way, at which parts of the day and how far from a meal:
    anything else (`khi đau`, `cách ngày`, `tuần 2 lần`) can change the schedule.
    """
    letters = _letters(text)
    dose = _times(letters) or _brewed(letters) or _parts(letters)
    return dose and _as_instructed(dose, _letters(instructions))


def course_days(dose: DoseText, quantity: Decimal | None) -> int | None:
    """Give the days of the course, checked against SO_LUONG; None if the two disagree."""
    if quantity is None:
        return dose.days
    if dose.days is not None:
        needed = dose.per_day * dose.days
        return dose.days if needed <= quantity < needed + 1 else None
    days, rest = divmod(quantity, dose.per_day)
    return int(days) if not rest and 0 < days <= MOST_DAYS else None


def _times(text: str) -> DoseText | None:
    found = _TIMES.fullmatch(text)
    if not found:
        return None
    dose, times, days = _amount(found["dose"]), int(found["times"]), int(found["days"])
    if dose is None or not _fits(dose, times, days):
        return None
    per_day = dose * times
    if not _total_agrees(found, per_day, found["unit"]):
        return None
    return DoseText(
        unit=UNITS[found["unit"]], times_a_day=times, per_dose=dose, per_day=per_day, days=days
    )


def _brewed(text: str) -> DoseText | None:
    found = _BREWED.fullmatch(text)
    if not found:
        return None
    dose, brews, days = _amount(found["dose"]), int(found["thang"]), int(found["days"])
    if dose is None or not _fits(dose, brews, days):
        return None
    return DoseText(
        unit=UNITS[found["unit"]],
        times_a_day=brews,
        per_dose=dose,
        per_day=dose * brews,
        days=days,
        decoctions=brews,
    )


def _parts(text: str) -> DoseText | None:
    found = _PARTS.fullmatch(text)
    if not found:
        return None
    items = [_ITEM.fullmatch(written) for written in re.split(r" ?[,;] ?(?=[a-z])", found["items"])]
    parts: dict[PartOfDay, Decimal] = {}
    units: set[str] = set()
    for item in items:
        amount = item and _amount(item["dose"])
        if item is None or amount is None or item["part"] in parts:
            return None
        parts[PartOfDay(item["part"])] = amount
        units.add(item["unit"])
    taken = {part: amount for part, amount in parts.items() if amount}
    days = int(found["days"]) if found["days"] else None
    if len(units) != 1 or not taken or not _fits(max(taken.values()), len(taken), days or 1):
        return None
    unit, per_day = units.pop(), sum(taken.values(), Decimal(0))
    if not _total_agrees(found, per_day, unit):
        return None
    amounts = set(taken.values())
    return DoseText(
        unit=UNITS[unit],
        times_a_day=len(taken),
        per_dose=amounts.pop() if len(amounts) == 1 else None,
        per_day=per_day,
        days=days,
        parts=taken,
    )


def _as_instructed(dose: DoseText, instructions: str) -> DoseText | None:
    found = _INSTRUCTED.fullmatch(instructions)
    if not found:
        return None
    said = re.findall(_PART, found["parts"] or "")
    if not said:
        return dose
    named = {PartOfDay(word) for word in said}
    if len(named) != len(said) or len(named) != dose.times_a_day or not dose.reminds:
        return None
    if dose.parts is not None:
        return dose if named == dose.parts.keys() else None
    assert dose.per_dose is not None, "only differing parts of the day have no one dose"
    return DoseText(
        unit=dose.unit,
        times_a_day=dose.times_a_day,
        per_dose=dose.per_dose,
        per_day=dose.per_day,
        days=dose.days,
        parts=dict.fromkeys(sorted(named, key=list(PartOfDay).index), dose.per_dose),
    )


def _fits(amount: Decimal, times: int, days: int) -> bool:
    return 0 < amount <= MOST_AMOUNT and 1 <= times <= MOST_TIMES and 1 <= days <= MOST_DAYS


def _total_agrees(found: re.Match[str], per_day: Decimal, unit: str) -> bool:
    if found["total"] is None:
        return True
    return _amount(found["total"]) == per_day and found["total_unit"] == unit


def _amount(text: str) -> Decimal | None:
    """Read 2, 01, 0,5, 0.5 or 1/2; a fraction without an end has no exact amount."""
    above, bar, below = text.partition("/")
    amount = Decimal(above.replace(",", "."))
    if not bar:
        return amount
    quotient = amount / Decimal(below)
    return quotient if quotient * Decimal(below) == amount and amount < Decimal(below) else None


def _letters(text: str) -> str:
    return in_plain_letters(text) if len(text) <= LONGEST else "?"
