"""Reads the value of an Observation or a component: a number, a text, or why there is none.

No number is rounded or written again: `72.50` stays `72.50` also inside a range or a ratio.
"""

from collections.abc import Callable
from typing import Any

from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    code_of,
    first_of,
    range_of,
    words_of,
)
from backend.records.views.record_views import (
    InterpretationView,
    MeasuredView,
    RangeView,
    SeriesView,
)


def measured(part: Resource) -> MeasuredView:
    """Read a name and a value of an Observation, or of a component of one."""
    quantity: Resource = part.get("valueQuantity", {})
    return MeasuredView(
        name=words_of(part["code"]) or "",
        value=_value(part),
        comparator=quantity.get("comparator"),
        unit=quantity.get("unit") or quantity.get("code"),
        series=_series(part.get("valueSampledData")),
        reference_ranges=[
            _range(reference_range) for reference_range in part.get("referenceRange", [])
        ],
        interpretations=[
            InterpretationView(code=code_of(interpretation), text=words_of(interpretation))
            for interpretation in part.get("interpretation", [])
        ],
        absent_reason=words_of(part.get("dataAbsentReason")),
    )


def _value(part: Resource) -> Any:
    """Give numbers, words and yes or no as they came; what has several parts as one text."""
    name = next((name_in_part for name_in_part in part if name_in_part.startswith("value")), "")
    value = part.get(name)
    as_text = _AS_TEXT.get(name)
    return as_text(value or {}) if as_text else value


def _ratio(value: Resource) -> str | None:
    """Write both sides; a titre is a ratio too, and half of one is nothing."""
    sides = [amount_of(value.get(side)) for side in ("numerator", "denominator")]
    return " : ".join(side or "?" for side in sides) if any(sides) else None


def _period(value: Resource) -> str | None:
    ends = [str(value.get(end, "")) for end in ("start", "end")]
    return " – ".join(ends).strip() if any(ends) else None


def _drawn(_: Resource) -> None:
    """Numbers in a row are no one value: they stand in `series`."""


_AS_TEXT: dict[str, Callable[[Resource], Any]] = {
    "valueQuantity": lambda quantity: quantity.get("value"),
    "valueCodeableConcept": words_of,
    "valueRange": range_of,
    "valueRatio": _ratio,
    "valuePeriod": _period,
    "valueSampledData": _drawn,
}


def _series(value: Resource | None) -> SeriesView | None:
    if value is None:
        return None
    origin = value["origin"]
    return SeriesView(
        origin=origin.get("value", 0),
        unit=origin.get("unit") or origin.get("code"),
        period=value["period"],
        factor=value.get("factor"),
        lower_limit=value.get("lowerLimit"),
        upper_limit=value.get("upperLimit"),
        dimensions=value["dimensions"],
        data=value.get("data"),
    )


def _range(said: Resource) -> RangeView:
    low, high = said.get("low", {}), said.get("high", {})
    return RangeView(
        low=low.get("value"),
        high=high.get("value"),
        unit=first_of(*(end.get(name) for end in (low, high) for name in ("unit", "code"))),
        text=said.get("text"),
        kind=words_of(said.get("type")),
        applies_to=all_words(said.get("appliesTo", [])),
        age=range_of(said.get("age", {})),
    )
