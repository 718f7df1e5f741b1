"""Writes a measurement of a summary as FHIR: numbers with every digit, codes as sent."""

from typing import Final

from backend.records.coded import Coded, Coding
from backend.records.summary.fhir_parts import (
    UNKNOWN,
    Resource,
    absent,
    as_many,
    codings,
    concept,
    display,
    interpretations,
    moment,
    notes,
    ranges,
    words,
)
from backend.records.summary.rules import SummaryItem
from backend.records.wording.dates import as_date

_COMPARATORS: Final = frozenset({"<", "<=", ">=", ">"})


def observation_entry(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    """Write a measurement with its components."""
    view, coded = item.view, item.coded
    parts = as_many(coded.components, len(view["components"]), Coded())
    found = _found(view, coded)
    if not found and not parts:
        found = {"dataAbsentReason": absent(view)}
    return {
        "status": view["status"],
        "category": [{"coding": codings(category)} for category in coded.categories if category]
        or [UNKNOWN],
        "code": concept(coded.code, view["name"]),
        "subject": patient,
        **moment("effective", view["measuredAt"], unknown=True),
        "performer": [facility, *map(display, view.get("people", []))],
        **found,
        "interpretation": interpretations(view, coded),
        "note": notes(view["note"]),
        "bodySite": words(view["bodySite"]),
        "method": words(view["method"]),
        "specimen": display(view["specimen"]),
        "device": display(view.get("device")),
        "referenceRange": ranges(view),
        "component": [
            {
                "code": concept(codes.code, part["name"]),
                **(_found(part, codes) or {"dataAbsentReason": absent(part)}),
                "interpretation": interpretations(part, codes),
                "referenceRange": ranges(part),
            }
            for part, codes in zip(view["components"], parts, strict=True)
        ],
    }


def _found(part: Resource, coded: Coded) -> Resource:
    """Write what was found. A number keeps every digit; what has a comparator of no kind is text.

    What came as a ratio, a range or a period is text here, since the document has it as text.
    """
    value, comparator = part["value"], part["comparator"]
    if part["series"]:
        return {"valueSampledData": _series(part["series"])}
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        return _found_text(part, coded)
    if comparator and comparator not in _COMPARATORS:
        return {"valueString": f"{comparator}{value} {part['unit'] or ''}".strip()}
    quantity = {"value": value, "comparator": comparator, **_unit(part["unit"], coded.unit)}
    return {"valueQuantity": quantity}


def _found_text(part: Resource, coded: Coded) -> Resource:
    if as_date(part.get("valueAsSent")):
        return {"valueDateTime": part["valueAsSent"]}
    if coded.value:
        return {"valueCodeableConcept": concept(coded.value, part["value"])}
    return {"valueString": part["value"]}


def _unit(text: str | None, coded: Coding | None) -> Resource:
    """Write the unit; a code counts only with its system (qty-3)."""
    if coded is None or not coded.system:
        return {"unit": text}
    return {"unit": text, "system": coded.system, "code": coded.code}


def _series(said: Resource) -> Resource:
    return {
        "origin": {"value": said["origin"], "unit": said["unit"]},
        "period": said["period"],
        "factor": said["factor"],
        "lowerLimit": said["lowerLimit"],
        "upperLimit": said["upperLimit"],
        "dimensions": said["dimensions"],
        "data": said["data"],
    }
