"""Reads what an Observation, or a component of one, has found: a number, words, or why nothing."""

from collections.abc import Callable
from typing import Any

from backend.intake.fhir_values import Resource, amount_of, code_of, words_of
from backend.records.views import MeasuredView, RangeView


def measured(part: Resource) -> MeasuredView:
    """Read a name and a value of an Observation, or of a component of one."""
    interpretation = (part.get("interpretation") or [None])[0]
    quantity: Resource = part.get("valueQuantity", {})
    return MeasuredView(
        name=words_of(part["code"]) or "",
        value=_value(part),
        comparator=quantity.get("comparator"),
        unit=quantity.get("unit") or quantity.get("code"),
        reference_range=_range(part),
        interpretation=code_of(interpretation),
        interpretation_text=words_of(interpretation),
        absent_reason=words_of(part.get("dataAbsentReason")),
    )


def _value(part: Resource) -> Any:
    """Give numbers, words and yes or no as they came; what has several parts as one text."""
    name = next((each for each in part if each.startswith("value")), "")
    value = part.get(name)
    as_text = _AS_TEXT.get(name)
    return as_text(value or {}) if as_text else value


def _ratio(value: Resource) -> str:
    return " : ".join(amount_of(value.get(each)) or "" for each in ("numerator", "denominator"))


def _period(value: Resource) -> str:
    return f"{value.get('start', '')} – {value.get('end', '')}"


def _between(value: Resource) -> str | None:
    low, high = (amount_of(value.get(each)) for each in ("low", "high"))
    return f"{low or ''} – {high or ''}" if low or high else None


def _curve(_: Resource) -> None:
    """Sampled data is drawn, not read: the document that shows it is another record."""


_AS_TEXT: dict[str, Callable[[Resource], Any]] = {
    "valueQuantity": lambda quantity: quantity.get("value"),
    "valueCodeableConcept": words_of,
    "valueRange": _between,
    "valueRatio": _ratio,
    "valuePeriod": _period,
    "valueSampledData": _curve,
}


def _range(part: Resource) -> RangeView | None:
    ranges = part.get("referenceRange", [])
    if not ranges:
        return None
    low, high = ranges[0].get("low", {}), ranges[0].get("high", {})
    return RangeView(
        low=low.get("value"),
        high=high.get("value"),
        unit=low.get("unit") or high.get("unit"),
        text=ranges[0].get("text"),
    )
