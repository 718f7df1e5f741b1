"""Codes are read as people write them, and as clipboards bring them."""

import re
from typing import get_args

import pytest

from backend.auth.credentials.typed_codes import SixDigits, digits_of, new_code, read

BETWEEN = (" ", "\u00a0", "\u2009", "-", "\u2010", "\u2011", "–", "—", ".", "_", "\n", "\t",
           "\u200b", "\u00ad", "\u2060", "\ufeff", "\u200e", " - ")  # fmt: skip


@pytest.mark.parametrize("mark", BETWEEN)
def test_a_code_from_paper_is_the_same_with_any_mark_between_its_groups(mark: str) -> None:
    code = new_code()
    groups = code.grouped.split("-")

    assert read(mark.join(groups)) == code
    assert read(mark + mark.join(groups).lower() + mark) == code


@pytest.mark.parametrize("mark", BETWEEN)
def test_six_digits_are_the_same_with_any_mark_between_them(mark: str) -> None:
    _, said = get_args(SixDigits)

    for written in (f"123{mark}456", f"{mark}123456{mark}", mark.join("123456")):
        assert re.search(said.pattern, written)
        assert digits_of(written) == "123456"
