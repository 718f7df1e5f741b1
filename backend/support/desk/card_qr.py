"""Reads the QR text of a citizen card of 2021 or 2024. The text is unsigned and proves nothing.

number | old 9-digit number | name | ddMMyyyy of birth | Nam or Nữ | address | ddMMyyyy of issue

After these fields the card of 2024 has other people's numbers and names. This module returns
neither those nor the address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from unicodedata import category, normalize

from backend.auth.identity import citizen_id
from backend.core.errors import HubError

FIELDS: Final = 7
FEWEST: Final = 6
"""Some readers leave the day of issue away."""
_AROUND: Final = "\ufeff \t\r\n"
_NUMBER: Final = re.compile(r"[0-9]{12}")
_FORMER: Final = re.compile(r"[0-9]{9}")
_DAY: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_INSURANCE: Final = re.compile(r"[A-Z]{2}[0-9]{13}|[0-9]{10}")
_SEXES: Final = {"nam": "male", "nữ": "female"}
_LONGEST_NAME: Final = 100


class NotACitizenCard(HubError):
    """This is not the QR text of a citizen card."""

    code = "not_a_citizen_card"
    status = 422


class InsuranceCard(HubError):
    """This is the QR text of an insurance card. Scan the citizen card instead."""

    code = "insurance_card"
    status = 422


@dataclass(frozen=True, slots=True)
class CardText:
    """The text of a card about its holder: a hint, never a proof."""

    number: str = field(repr=False)
    former_number: str | None = field(repr=False)
    name: str = field(repr=False)
    """A scanner that types with a Vietnamese keyboard garbles it."""
    birth_date: str | None = field(repr=False)
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex: str
    issued_on: str | None
    warnings: tuple[str, ...]
    """Where the card contradicts its own number, or is unusual: `birth_year`, `sex`,
    `unknown_province`, `birth_year_to_come`. People whose sex or birth date was corrected have such
    cards."""


def read_card(text: str, this_year: int) -> CardText:
    """Read the text from a scanner, in the given year.

    Raises:
        InsuranceCard: the QR of the paper insurance card.
        NotACitizenCard: anything else.
    """
    parts = [part.strip(_AROUND) for part in normalize("NFC", text).split("|")[:FIELDS]]
    if len(parts) >= FEWEST and _INSURANCE.fullmatch(parts[0]):
        raise InsuranceCard
    if len(parts) < FEWEST or not _NUMBER.fullmatch(parts[0]):
        raise NotACitizenCard
    number, former, name, born, sex = parts[:5]
    birth_date, stated_sex = _day(born), _SEXES.get(sex.casefold(), "unknown")
    return CardText(
        number=number,
        former_number=former if _FORMER.fullmatch(former) else None,
        name=_printable(name),
        birth_date=birth_date,
        sex=stated_sex,
        issued_on=_day(parts[FEWEST]) if len(parts) > FEWEST else None,
        warnings=tuple(_contradictions(number, birth_date, stated_sex, this_year)),
    )


def _day(text: str) -> str | None:
    """Read ddMMyyyy, where an unknown day or month is 00; None when there is no such day."""
    written = _DAY.fullmatch(text)
    if written is None:
        return None
    day, month, year = (int(part) for part in written.groups())
    try:
        exact = date(year, month or 1, day if month and day else 1).isoformat()
    except ValueError:
        return None
    if not month:
        return exact[:4]
    return exact if day else exact[:7]


def _contradictions(number: str, birth_date: str | None, sex: str, this_year: int) -> Iterator[str]:
    if birth_date and int(birth_date[:4]) != citizen_id.birth_year(number):
        yield "birth_year"
    if sex != "unknown" and (sex == "female") != bool(int(number[3]) % 2):
        yield "sex"
    yield from citizen_id.warnings(number, this_year)


def _printable(name: str) -> str:
    kept = "".join(letter for letter in name if category(letter)[0] != "C")
    return " ".join(kept.split())[:_LONGEST_NAME]
