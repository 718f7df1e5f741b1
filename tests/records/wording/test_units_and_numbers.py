"""Units, numbers and moments are written as people here read them, and no digit changes."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.wording.numbers import moment_text, number_text, plain, time_text
from backend.records.wording.units import unit_text

HOME = ZoneInfo("Asia/Ho_Chi_Minh")

UNITS: dict[str, str | None] = {
    "Cel": "°C", "[degF]": "°F", "mm[Hg]": "mmHg", "cm[H2O]": "cmH₂O", "10*9/L": "10⁹/L",
    "10*12/L": "10¹²/L", "10^9/L": "10⁹/L", "10*3/uL": "10³/µL", "10*-3": "10⁻³", "ug/L": "µg/L",
    "umol/L": "µmol/L", "uL": "µL", "u[IU]/mL": "µIU/mL", "m[iU]/mL": "mIU/mL", "[iU]/L": "IU/L",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²", "kg/m2": "kg/m²", "m2": "m²", "g/(24.h)": "g/(24·h)",
    "{beats}/min": "/min", "{score}": None, "mg{creat}": "mg", "10*6{cells}/mL": "10⁶/mL",
    "/[HPF]": "/HPF", "/{HPF}": "/HPF", "{#}/[LPF]": "/LPF", "[pH]": "pH", "1": None, "%": "%",
    "a": "năm", "mo": "tháng", "wk": "tuần", "d": "ngày", "h": "giờ", "min": "phút", "s": "giây",
    "mosm/kg": "mOsm/kg", "[lb_av]": "lb", "[in_i]": "in", "cm": "cm", "mmol/L": "mmol/L",
    "viên": "viên", "viên 500 mg": "viên 500 mg", "mmHg": "mmHg", "°C": "°C", "G/L": "G/L",
    "lần/phút": "lần/phút", "U/L": "U/L", "": None,
}  # fmt: skip


@pytest.mark.parametrize("code", UNITS)
def test_a_unit_is_written_for_people(code: str) -> None:
    assert unit_text(code) == UNITS[code]


@given(st.text(max_size=80))
def test_no_unit_is_a_mistake_of_the_hubs_and_no_brace_is_left(unit: str) -> None:
    shown = unit_text(unit)

    assert shown is None or shown


@pytest.mark.parametrize(
    ("sent", "read"),
    [("1.2E+2", "120"), ("5E+2", "500"), ("1E-7", "0.0000001"), ("72.50", "72.50"), ("-0", "-0"),
     ("0E+3", "0"), ("1.20E+1", "12.0"), ("1E+99999", "1E+99999")],
)  # fmt: skip
def test_a_number_has_no_exponent_and_every_digit(sent: str, read: str) -> None:
    assert number_text(Decimal(sent)) == read


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_number_changes_its_value(number: Decimal) -> None:
    assert Decimal(number_text(number)) == number
    assert plain(number) == number


@pytest.mark.parametrize(
    ("sent", "read"),
    [("2026-10-05", "05/10/2026"), ("2026-10", "10/2026"), ("2026", "2026"),
     ("2026-10-05T00:00:00+07:00", "05/10/2026"), ("2026-10-04T17:00:00Z", "05/10/2026"),
     ("2026-10-05T08:30:00+07:00", "05/10/2026 08:30"),
     ("2026-12-31T23:59:60+07:00", "31/12/2026 23:59"), ("khoảng 2020", "khoảng 2020"),
     ("0001-01-01", "0001-01-01")],
)  # fmt: skip
def test_a_moment_is_written_day_first(sent: str, read: str) -> None:
    assert moment_text(sent, HOME) == read


@pytest.mark.parametrize(
    ("sent", "read"), [("08:30:00", "08:30"), ("08:30:15", "08:30:15"), ("00:00:00", "00:00")]
)
def test_a_time_leaves_out_seconds_that_are_none(sent: str, read: str) -> None:
    assert time_text(sent) == read
