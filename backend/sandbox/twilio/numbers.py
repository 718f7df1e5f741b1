"""Maps phone numbers to the result of a text to them."""

import phonenumbers

MAGIC_REFUSALS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""The numbers of Twilio's own test credentials."""
MAGIC_ARRIVAL = "+15005550006"

UNDELIVERED = {
    "+84909930003": 30003,
    "+84909930004": 30004,
    "+84909930005": 30005,
    "+84909930006": 30006,
    "+84909930007": 30007,
    "+84909930008": 30008,
}
"""Numbers of this sandbox: accepted, sent, and then reported as undelivered with that code."""


def refusal_of(number: str) -> int | None:
    """Give Twilio's error code for a number that accepts no text."""
    if number == MAGIC_ARRIVAL:
        return None
    if number in MAGIC_REFUSALS:
        return MAGIC_REFUSALS[number]
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return 21211
    if not number.startswith("+") or not phonenumbers.is_valid_number(parsed):
        return 21211
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE:
        return 21614
    return None
