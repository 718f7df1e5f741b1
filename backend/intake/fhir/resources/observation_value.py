"""Reads the value of an Observation or a component: a number, a text, or why there is none.

No number is rounded: `72.50` stays `72.50` also inside a range or a ratio. Units, moments and
reasons are written for people, and stand beside that as they were sent.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    code_of,
    first_of,
    home,
    range_of,
    unit_of,
    words_of,
)
from backend.records.views.record_views import (
    InterpretationView,
    MeasuredView,
    RangeView,
    SeriesView,
)
from backend.records.wording.absent import ABSENT
from backend.records.wording.numbers import moment_text, plain, time_text
from backend.records.wording.units import unit_text


def measured(part: Resource) -> MeasuredView:
    """Read a name and a value of an Observation, or of a component of one."""
    quantity: Resource = part.get("valueQuantity", {})
    value, unit = _value(part), unit_of(quantity)
    reason = part.get("dataAbsentReason")
    return MeasuredView(
        name=words_of(part["code"]) or "",
        value=value,
        comparator=quantity.get("comparator"),
        unit=unit_text(unit),
        series=_series(part.get("valueSampledData")),
        reference_ranges=[
            _range(reference_range) for reference_range in part.get("referenceRange", [])
        ],
        interpretations=[
            InterpretationView(code=code_of(interpretation), text=words_of(interpretation))
            for interpretation in part.get("interpretation", [])
        ],
        absent_reason=_absent(reason),
        absent_code=absent_code(reason),
        unit_as_sent=_if_other(unit, unit_text(unit)),
        value_as_sent=_as_sent(part, value),
    )


def absent_code(reason: Resource | None) -> str | None:
    """Give FHIR's code of why there is no value, where it is one."""
    codes = (coding.get("code") for coding in (reason or {}).get("coding", []))
    return next((code for code in codes if code in ABSENT), None)


def _absent(reason: Resource | None) -> str | None:
    """Say why there is no value: in the sender's words, else in ours for FHIR's codes."""
    code = absent_code(reason)
    if reason is None or code is None or reason.get("text", code).lower() != code:
        return words_of(reason)
    return ABSENT[code].vi


def _value(part: Resource) -> Any:
    """Give numbers, words and yes or no as they came; what has several parts as one text."""
    name = _element(part)
    value = part.get(name)
    write = _AS_TEXT.get(name)
    return write(value or {}) if write else value


def _element(part: Resource) -> str:
    return next((name for name in part if name.startswith("value")), "")


def _as_sent(part: Resource, value: Any) -> str | None:
    """Give what was sent for a text that is written otherwise for people."""
    name = _element(part)
    raw = _RAW.get(name)
    return _if_other(raw(part[name]), value) if raw and value is not None else None


def _if_other(sent: str | None, shown: Any) -> str | None:
    return sent if sent and sent != shown else None


def _number(quantity: Resource) -> Any:
    return plain(quantity["value"]) if "value" in quantity else None


def _both_sides(value: Resource, write: Callable[[Resource], str | None]) -> str | None:
    """Write both sides of a ratio; a titre is a ratio too, and half of one is nothing."""
    sides = [write(value.get(side, {})) for side in ("numerator", "denominator")]
    return " : ".join(side or "?" for side in sides) if any(sides) else None


def _period(value: Resource, write: Callable[[str], str] = str) -> str | None:
    ends = [write(value.get(end, "")) for end in ("start", "end")]
    return " – ".join(ends).strip() if any(ends) else None


def _raw_amount(quantity: Resource) -> str | None:
    if "value" not in quantity:
        return None
    comparator, unit = quantity.get("comparator", ""), unit_of(quantity)
    return f"{comparator}{quantity['value']}{f' {unit}' if unit else ''}"


def _raw_range(value: Resource) -> str | None:
    ends = [_raw_amount(value.get(end, {})) for end in ("low", "high")]
    return " – ".join(end or "" for end in ends).strip() if any(ends) else None


def _drawn(_: Resource) -> None:
    """Numbers in a row are no one value: they stand in `series`."""


def _moment(text: Any) -> Any:
    return moment_text(text, home()) if isinstance(text, str) else None


_AS_TEXT: dict[str, Callable[[Any], Any]] = {
    "valueQuantity": _number,
    "valueCodeableConcept": words_of,
    "valueRange": range_of,
    "valueRatio": lambda ratio: _both_sides(ratio, amount_of),
    "valuePeriod": lambda period: _period(period, _moment),
    "valueDateTime": _moment,
    "valueTime": lambda text: time_text(text) if isinstance(text, str) else None,
    "valueSampledData": _drawn,
}
_RAW: dict[str, Callable[[Any], str | None]] = {
    "valueRange": _raw_range,
    "valueRatio": lambda ratio: _both_sides(ratio, _raw_amount),
    "valuePeriod": _period,
    "valueDateTime": str,
    "valueTime": str,
}


def _series(value: Resource | None) -> SeriesView | None:
    if value is None:
        return None
    origin = value["origin"]
    return SeriesView(
        origin=_number(origin) or Decimal(0),
        unit=unit_text(unit_of(origin)),
        period=value["period"],
        factor=value.get("factor"),
        lower_limit=value.get("lowerLimit"),
        upper_limit=value.get("upperLimit"),
        dimensions=value["dimensions"],
        data=value.get("data"),
    )


def _range(said: Resource) -> RangeView:
    low, high = said.get("low", {}), said.get("high", {})
    unit = first_of(*map(unit_of, (low, high)))
    return RangeView(
        low=_number(low),
        high=_number(high),
        unit=unit_text(unit),
        text=said.get("text"),
        kind=words_of(said.get("type")),
        applies_to=all_words(said.get("appliesTo", [])),
        age=range_of(said.get("age", {})),
        unit_as_sent=_if_other(unit, unit_text(unit)),
    )
