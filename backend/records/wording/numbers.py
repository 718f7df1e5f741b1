"""Writes numbers and moments as people here read them: no exponent, day before month."""

from datetime import datetime, time
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from backend.records.wording.dates import as_date, exact_instant, parts_of_date

MOST_ZEROS: Final = 40
"""Digits that a power of ten may add. A number beyond that is a mistake, and stays as it was."""
_MIDNIGHT: Final = time()


def plain(number: Decimal | float) -> Decimal | float:
    """Give the same number without an exponent, where it was sent with one: 1.2E+2 is 120."""
    if not isinstance(number, Decimal):
        return number
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 < exponent <= MOST_ZEROS:
        return number
    return Decimal(f"{number:f}")


def number_text(number: Decimal | float) -> str:
    """Write a number with every digit that was sent, and without an exponent."""
    if not isinstance(number, Decimal):
        return str(number)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > MOST_ZEROS:
        return str(number)
    return f"{number:f}"


def moment_text(text: str, zone: ZoneInfo) -> str:
    """Write a FHIR dateTime as it is read here: 05/10/2026, with the hour unless it is midnight.

    What is no date stays as it is.
    """
    if as_date(text) is None:
        return text
    exact = exact_instant(text)
    if exact is None:
        return "/".join(parts_of_date(text)[::-1])
    local = exact.astimezone(zone)
    return local.strftime("%d/%m/%Y" if local.time() == _MIDNIGHT else "%d/%m/%Y %H:%M")


def day_text(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d/%m/%Y")


def time_text(text: str) -> str:
    """Write a FHIR time; seconds that are none are left out."""
    return text.removesuffix(":00") if len(text) > len("00:00") else text
