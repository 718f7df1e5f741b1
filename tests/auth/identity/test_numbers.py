"""Citizen ids and phone numbers, in all the ways people write them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from backend.auth.identity import citizen_id
from backend.auth.identity.citizen_id import LEGACY, NotACitizenId
from backend.auth.phones import e164
from backend.auth.phones.e164 import NotAPhone


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("079185000011", "079185000011"),
        (" 079 185 000 011 ", "079185000011"),
        ("079.185.000.011", "079185000011"),
        ("001326000001", "001326000001"),  # a girl born this year
    ],
)
def test_a_citizen_id_is_read_however_it_was_typed(written: str, number: str) -> None:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)):
        assert citizen_id.parse(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "", "07918500001", "0791850000111", "07918500001A", "079-185-000011",
        "０７９１８５０００１１", "٠٧٩١٨٥٠٠٠٠١١", "079185000011\0",
        "001227000001",  # born in 2027
        "001400000001",  # born in 2100
        "001999000001",
    ],
)  # fmt: skip
def test_what_cannot_be_a_citizen_id_is_refused(written: str) -> None:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)), pytest.raises(NotACitizenId):
        citizen_id.parse(written)


def test_a_child_born_on_new_years_morning_in_vietnam_has_a_citizen_id() -> None:
    with time_machine.travel(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)):
        assert citizen_id.parse("079327000001") == "079327000001"


def test_what_a_hospital_has_on_file_is_taken_with_a_doubt() -> None:
    assert citizen_id.digits("001.227.000.001") == "001227000001"
    assert citizen_id.warnings("001227000001", 2026) == ["birth_year_to_come"]
    assert citizen_id.warnings("001227000001", 2027) == []
    with pytest.raises(NotACitizenId):
        citizen_id.digits("00122700000")


def test_every_province_there_ever_was_is_good_for_ever() -> None:
    assert len(LEGACY) == 63
    assert [each for each in LEGACY if citizen_id.warnings(f"{each}185000011", 2026)] == []


def test_people_born_since_2000_are_not_made_a_century_older() -> None:
    assert citizen_id.birth_year("079204000001") == 2004
    assert citizen_id.birth_year("079199000001") == 1999


def test_a_province_that_no_longer_exists_is_no_reason_for_doubt() -> None:
    assert citizen_id.warnings("030185000011", 2026) == []
    assert citizen_id.warnings("003185000011", 2026) == ["unknown_province"]


def test_masks_show_only_what_lets_people_recognise_their_own_number() -> None:
    assert citizen_id.masked("079185000011") == "079*****0011"
    assert e164.masked("+84901234567") == "+8490*****67"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0912345678", "+84912345678"),
        ("+84 912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("tel:+84912345678", "+84912345678"),
        ("01691234567", "+84391234567"),  # Viettel, before 2018
        ("0120 123 4567", "+84701234567"),  # MobiFone
        ("+841271234567", "+84811234567"),  # VinaPhone
        ("01991234567", "+84591234567"),  # Gmobile
    ],
)
def test_one_number_has_one_spelling(written: str, number: str) -> None:
    assert e164.normalise(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "", "abc", "02838123456", "19001234", "1800 1234", "113", "+14155552671",
        "0912345678 ext 5", "0912345678;ext=5", "0912345678x5", "091234567", "09123456789",
        "+840912345678999", "0912-FLOWER", "01151234567", "\0", "9" * 5000,
    ],
)  # fmt: skip
def test_what_no_text_could_reach_is_no_phone(written: str) -> None:
    with pytest.raises(NotAPhone):
        e164.normalise(written)


@pytest.mark.parametrize("refuse", [citizen_id.parse, e164.normalise])
def test_a_refusal_never_repeats_the_number(refuse: Callable[[str], str]) -> None:
    with pytest.raises((NotACitizenId, NotAPhone)) as refused:
        refuse("x0791850000119")

    assert "079185" not in str(refused.value)
    assert "079185" not in refused.value.message


@pytest.mark.parametrize(
    "number",
    [
        *(digit * 12 for digit in "0123456789"),
        "012345678901", "123456789012", "890123456789",  # up, also over 9 and 0
        "987654321098", "210987654321",  # down
        "111.111.111.111", "000 000 000 000",
        "999401000001",  # no such province, born in 2101
        "003005000001", "000000000001",  # no such province, born in 1905 and 1900
    ],
)  # fmt: skip
def test_a_placeholder_is_seen(number: str) -> None:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)):
        assert citizen_id.is_placeholder(number)


@pytest.mark.parametrize(
    "number",
    [
        "079185000011", "001326000001",
        "001227000001",  # born in 2027: a true province, so a typing error
        "003185000011",  # no province of the list, a year that can be: registered abroad
        "111111111112", "07918500001", "",
    ],
)  # fmt: skip
def test_a_number_that_only_looks_odd_is_no_placeholder(number: str) -> None:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)):
        assert not citizen_id.is_placeholder(number)
