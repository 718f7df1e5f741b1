"""Vietnamese mobile numbers: one spelling for each, however a hospital wrote it."""

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from backend.core.errors import HubError

VIETNAM = 84

RENUMBERED = {
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38",
    "169": "39",  # Viettel
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",  # MobiFone
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",  # VinaPhone
    "186": "56", "188": "58",  # Vietnamobile
    "199": "59",  # Gmobile
}  # fmt: skip
"""Eleven-digit numbers became ten-digit ones in 2018; old hospital systems still hold the long."""

_OLD_LENGTH = 10  # without the leading zero
_LETTERS = re.compile(r"[^\W\d_]")


class NotAPhone(HubError):
    """A Vietnamese mobile number is needed here."""

    code = "not_a_phone"
    status = 422


def normalise(text: str) -> str:
    """Give the number as E.164.

    Raises:
        NotAPhone: not a mobile number of Vietnam, or one with an extension or letters in it.
    """
    digits = text.strip().removeprefix("tel:")
    if _LETTERS.search(digits):
        raise NotAPhone
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException as unreadable:
        raise NotAPhone from unreadable
    number = _renumbered(number)
    if (
        number.country_code != VIETNAM
        or number.extension
        or phonenumbers.number_type(number) != PhoneNumberType.MOBILE
    ):
        raise NotAPhone
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def masked(number: str) -> str:
    """Show only what lets a person recognise their own number: `+8490*****67`."""
    return f"{number[:5]}*****{number[-2:]}"


def _renumbered(number: PhoneNumber) -> PhoneNumber:
    digits = str(number.national_number)
    prefix = RENUMBERED.get(digits[:3])
    if number.country_code != VIETNAM or len(digits) != _OLD_LENGTH or prefix is None:
        return number
    return PhoneNumber(country_code=VIETNAM, national_number=int(prefix + digits[3:]))
