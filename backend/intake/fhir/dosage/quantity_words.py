"""Writes the quantities of a dosage in words, or says that one is not understood."""

from decimal import Decimal
from typing import Final

from backend.core.i18n import LocalText
from backend.intake.fhir.dosage.terms import FORMS, NO_UNIT, PER
from backend.intake.fhir.model.datatypes import Resource
from backend.records.wording.numbers import number_text
from backend.records.wording.units import TIMES, unit_text, without_braces

_QUANTITY: Final = frozenset({"id", "value", "unit", "system", "code", "comparator"})
_LIMITS: Final = {
    "<": LocalText("dưới", "less than"),
    "<=": LocalText("không quá", "at most"),
    ">=": LocalText("ít nhất", "at least"),
    ">": LocalText("trên", "more than"),
}


def both(vi: str, en: str | None = None) -> LocalText:
    """Give a text in both languages; one that is sent is the same in both."""
    return LocalText(vi, vi if en is None else en)


def unit_words(quantity: Resource) -> LocalText | None:
    """Give the unit of a quantity, in words where it is a code; None where none was sent."""
    unit, code = str(quantity.get("unit") or ""), str(quantity.get("code") or "")
    said = unit or code
    if not said:
        return None
    for spelling in (said, without_braces(said)):
        if spelling in FORMS:
            return FORMS[spelling]
    if said in TIMES:
        return TIMES[said]
    shown = unit_text(said) or (without_braces(said) if said != "1" else "")
    return both(shown) if shown else None


def quantity_words(quantity: Resource | None, *, limits: bool = False) -> LocalText | None:
    """Write a quantity; None where it is not all understood.

    Args:
        quantity: FHIR's Quantity.
        limits: it may be one side of a number: FHIR allows that of few quantities.
    """
    if not quantity or "value" not in quantity or quantity.keys() - _QUANTITY:
        return None
    comparator = quantity.get("comparator")
    if comparator is not None and not (limits and comparator in _LIMITS):
        return None
    number, unit = number_text(quantity["value"]), unit_words(quantity)
    unit = unit or both(f"({NO_UNIT.vi})", f"({NO_UNIT.en})")
    said = both(f"{number} {unit.vi}", f"{number} {unit.en}")
    if comparator is None:
        return said
    limit = _LIMITS[comparator]
    return both(f"{limit.vi} {said.vi}", f"{limit.en} {said.en}")


def range_words(said: Resource | None) -> LocalText | None:
    """Write a range; with one end, that it is the least or the most."""
    if not said or said.keys() - {"id", "low", "high"}:
        return None
    low, high = said.get("low"), said.get("high")
    least, most = quantity_words(low), quantity_words(high)
    if low is not None and high is not None:
        return _between(low, high, least, most)
    if least is not None:
        return both(f"ít nhất {least.vi}", f"at least {least.en}")
    return most and both(f"nhiều nhất {most.vi}", f"at most {most.en}")


def _between(
    low: Resource, high: Resource, least: LocalText | None, most: LocalText | None
) -> LocalText | None:
    if least is None or most is None:
        return None
    if unit_words(low) in {None, unit_words(high)}:
        number = number_text(low["value"])
        return both(f"{number} – {most.vi}", f"{number} – {most.en}")
    return both(f"{least.vi} – {most.vi}", f"{least.en} – {most.en}")


def ratio_words(ratio: Resource | None) -> LocalText | None:
    """Write an amount in a time: 4 tablets in 24 hours."""
    if not ratio or ratio.keys() - {"id", "numerator", "denominator"}:
        return None
    above = quantity_words(ratio.get("numerator"), limits=True)
    below = quantity_words(ratio.get("denominator"))
    if above is None or below is None:
        return None
    return both(f"{above.vi} trong {below.vi}", f"{above.en} in {below.en}")


def time_words(number: Decimal | int, most: Decimal | int | None, unit: str) -> LocalText | None:
    """Write a length of time; None for a unit that FHIR has not."""
    if unit not in PER:
        return None
    written = number_text(number) if most is None else f"{number_text(number)}–{number_text(most)}"
    one = written == "1"
    return both(f"{written} {PER[unit].vi}", f"{written} {PER[unit].en if one else TIMES[unit].en}")
