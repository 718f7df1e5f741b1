"""The 12-digit citizen id: province, century and sex, year of birth, six digits; no check digit."""

import re
from itertools import pairwise
from zoneinfo import ZoneInfo

from backend.core.clock import now
from backend.core.errors import HubError
from backend.core.settings import load_settings

_TWELVE = re.compile(r"[0-9]{12}")
_NINE = re.compile(r"[0-9]{9}")
_STEPS_OF_A_RUN = ({0}, {1}, {9})
"""From each digit to the next, modulo 10."""
OLDEST = 115
"""Years: nobody of whom a hospital speaks today is older."""

LEGACY = frozenset(
    {
        "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020",
        "022", "024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038",
        "040", "042", "044", "045", "046", "048", "049", "051", "052", "054", "056", "058", "060",
        "062", "064", "066", "067", "068", "070", "072", "074", "075", "077", "079", "080", "082",
        "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
    }
)  # fmt: skip
"""All 63 provinces as they were before July 2025; the 34 of today are among them. A number never
changes, so every code stays good for ever. People registered abroad have codes of countries, of
which no full list was found: a code that is not here is a doubt, never a refusal."""


class NotACitizenId(HubError):
    """A citizen id has 12 digits, and its year of birth is not in the future."""

    code = "not_a_citizen_id"
    status = 422


def parse(text: str) -> str:
    """Give the bare twelve digits of what somebody signs in with.

    Raises:
        NotACitizenId: something else than twelve digits, or a year of birth yet to come.
    """
    number = digits(text)
    if birth_year(number) > this_year():
        raise NotACitizenId
    return number


def is_cmnd(text: str) -> bool:
    """Tell whether it is a number of nine digits, as identity cards had before 2016."""
    return _NINE.fullmatch(_bare(text)) is not None


def has_twelve_digits(text: str) -> bool:
    """Tell whether it is written like a citizen id."""
    return _TWELVE.fullmatch(_bare(text)) is not None


def digits(text: str) -> str:
    """Give the bare twelve digits of what a hospital has on file: doubts do not lose a record.

    Raises:
        NotACitizenId: something else than twelve digits.
    """
    number = _bare(text)
    if not _TWELVE.fullmatch(number):
        raise NotACitizenId
    return number


def is_placeholder(text: str) -> bool:
    """Tell whether a number stands for «none»: many strangers have it, so it finds nobody.

    One digit repeated, a run up or down (also over 9 and 0), or a province that no list has with a
    year of birth to come or more than 115 years past.
    """
    try:
        number = digits(text)
    except NotACitizenId:
        return False
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(number)}
    if steps in _STEPS_OF_A_RUN:
        return True
    age = this_year() - birth_year(number)
    return number[:3] not in LEGACY and not 0 <= age <= OLDEST


def birth_year(number: str) -> int:
    """Read the year of birth: the fourth digit counts centuries in pairs from 1900."""
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def fits(number: str, birth_date: str | None, sex: str) -> bool:
    """Tell whether twelve digits are a citizen id of somebody born so, of this sex: all known."""
    known = birth_date is not None and sex in {"male", "female"}
    return (
        known
        and _TWELVE.fullmatch(number) is not None
        and number[:3] in LEGACY
        and not is_placeholder(number)
        and not speaks_against(number, birth_date, sex)
    )


def speaks_against(number: str, birth_date: str | None, sex: str) -> bool:
    """Tell whether year of birth or sex, which the number itself says, are others than stated."""
    other_year = birth_date is not None and int(birth_date[:4]) != birth_year(number)
    return other_year or sex in {"male", "female"} - {sex_of(number)}


def sex_of(number: str) -> str:
    """Read the sex: the fourth digit is even for men, and odd for women."""
    return "female" if int(number[3]) % 2 else "male"


def masked(number: str) -> str:
    """Show only what lets a person recognise their own number: `079*****0011`."""
    return f"{number[:3]}*****{number[-4:]}"


def warnings(number: str, this_year: int) -> list[str]:
    """Say what is unusual about a number that is nevertheless taken."""
    doubts = {
        "unknown_province": number[:3] not in LEGACY,
        "birth_year_to_come": birth_year(number) > this_year,
    }
    return [name for name, doubted in doubts.items() if doubted]


def this_year() -> int:
    """Give the year it is where the people live."""
    return now().astimezone(ZoneInfo(load_settings().timezone)).year


def _bare(text: str) -> str:
    return "".join(text.split()).replace(".", "")
