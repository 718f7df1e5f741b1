"""Every code is as likely as any other."""

from collections import Counter

from backend.auth.credentials.one_time_codes import DIGITS, new_code

CODES = 200_000
UNLIKELY = 50.0
"""A fair source goes beyond this chi-square (9 degrees of freedom) once in ten million times."""


def test_two_hundred_thousand_codes_show_no_pattern() -> None:
    codes = [new_code() for _ in range(CODES)]

    assert {len(code) for code in codes} == {DIGITS}
    assert all(code.isascii() and code.isdigit() for code in codes)
    for place in range(DIGITS):
        seen = Counter(code[place] for code in codes)
        chi_square = sum((seen[d] - CODES / 10) ** 2 / (CODES / 10) for d in "0123456789")
        assert chi_square < UNLIKELY, (place, seen)
    assert sum(code.startswith("00") for code in codes) > CODES / 100 * 0.8
