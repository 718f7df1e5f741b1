"""Phone numbers as clerks write them: whose phone each one is."""

import pytest

from backend.auth.phones.as_written import LONGEST, numbers_in, read_own, read_written

FIRST, SECOND = "+84912345678", "+84987654321"


@pytest.mark.parametrize(
    "text",
    [
        "0912345678", "+84912345678", "0084912345678", "84912345678", "912345678",
        "+84 (0) 912345678", "+84(0)912345678", "(+84) 912345678", "(0912) 345 678",
        "0912.345.678", "0912 345 678", "0912-345-678", "+84-912-345-678",
        "tel:+84912345678", "TEL: 0912345678", "ĐT: 0912345678", "SĐT bệnh nhân: 0912 345 678",
        "di động: 0912345678", "Zalo 0912345678", "Điện thoại: 0912345678",
        "O912345678", "o912345678", "O912 345 678", "'0912345678", "0912345678.",
        "０９１２３４５６７８",
        "0912345678, 0912345678", "028 3822 1234 / 0912345678", "0912345678/79",
    ],
)  # fmt: skip
def test_one_number_is_read_however_it_was_written(text: str) -> None:
    assert read_written(text).own == (FIRST,)
    assert read_written(text).others == ()


@pytest.mark.parametrize(
    "text",
    [
        "0912345678/0987654321", "0912345678 - 0987654321", "0912345678 – 0987654321",
        "0912345678;0987654321", "0912345678, 0987654321", "0912345678\n0987654321",
        "0912345678 hoặc 0987654321", "0912345678 0987654321", "0912345678-0987654321",
        "0912345678 và +84987654321", "ĐT: 0912345678 / 0987654321",
    ],
)  # fmt: skip
def test_of_several_numbers_the_first_stands_first(text: str) -> None:
    assert read_written(text).own == (FIRST, SECOND)
    assert read_own([text]) == (FIRST, (SECOND,))


@pytest.mark.parametrize(
    "text",
    [
        "0912345678 (con)", "(con) 0912345678", "con: 0912345678", "vợ - 0912345678",
        "0912345678 - con", "0912345678 (me)", "0912345678 con trai", "0912345678 Hùng",
        "người nhà 0912345678", "Em gái: 0912345678", "0912345678 (wife)", "nhà riêng: 0912345678",
        "0912345678 ext 12", "0912345678x12", "0912345678 x 12", "0912345678#12",
        "0912345678/máy lẻ 12", "0912345678 - máy nhánh 3", "tel:0912345678;ext=12",
    ],
)  # fmt: skip
def test_a_relatives_word_or_an_extension_makes_it_a_contact(text: str) -> None:
    assert read_written(text).own == ()
    assert read_written(text).others == (FIRST,)


def test_a_word_belongs_to_the_number_that_it_stands_beside() -> None:
    own_then_son = read_written("0912345678 / 0987654321 (con)")
    son_then_own = read_written("0987654321 (con) / 0912345678")
    both_of_the_wife = read_written("vợ: 0912345678/0987654321")

    assert (own_then_son.own, own_then_son.others) == ((FIRST,), (SECOND,))
    assert (son_then_own.own, son_then_own.others) == ((FIRST,), (SECOND,))
    assert (both_of_the_wife.own, both_of_the_wife.others) == ((), (FIRST, SECOND))


@pytest.mark.parametrize(
    "text", ["", "không có", "0", "028 3822 1234", "0912", "999999999999", "ext 12"]
)
def test_what_has_no_mobile_number_gives_none(text: str) -> None:
    assert numbers_in(text) == ()


def test_the_first_readable_field_has_the_patients_own_number() -> None:
    own, rest = read_own(["không rõ", "0987654321 (con)", "0912345678"])

    assert (own, rest) == (FIRST, (SECOND,))


@pytest.mark.parametrize("more", [" " * LONGEST, "9" * LONGEST, "\ufdfa" * (LONGEST // 2)])
def test_a_text_that_is_no_field_for_a_number_is_not_searched(more: str) -> None:
    """Half of it might end within a number; and no search may take longer than it is long."""
    assert numbers_in("0912345678 " + more) == ()


@pytest.mark.parametrize("text", ["0912345678 x 12", "0912345678 - ext 12", "0912345678 (#7)"])
def test_an_extension_is_found_behind_whatever_signs(text: str) -> None:
    assert read_written(text).own == ()
    assert read_written(text).others == (FIRST,)
