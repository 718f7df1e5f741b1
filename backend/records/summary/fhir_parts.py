"""Writes FHIR datatypes: concepts, times, ranges, and marks for unknown values."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import to_builtins

from backend.records.coded import Coded, Coding, Concept
from backend.records.wording.dates import as_date, stands_for_none

Resource = dict[str, Any]

UNKNOWN: Final[Resource] = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}
_AMOUNT: Final = re.compile(r"(?P<number>\d{1,15}(\.\d{1,15})?)( (?P<unit>\S.*))?", re.ASCII)
_HL7: Final = "http://terminology.hl7.org/CodeSystem"


def interpretations(part: Resource, coded: Coded) -> list[Resource]:
    said = part["interpretations"]
    codes = as_many(coded.interpretations, len(said))
    return [
        concept(its_codings or ([Coding(code=text["code"])] if text["code"] else []), text["text"])
        for text, its_codings in zip(said, codes, strict=True)
    ]


def ranges(part: Resource) -> list[Resource]:
    written = []
    for said in part["referenceRanges"]:
        ends: Resource = {
            end: {"value": said[end], "unit": said["unit"]}
            for end in ("low", "high")
            if said[end] is not None
        }
        text = " ".join(sentence for sentence in (said["text"], said["age"]) if sentence)
        if ends or text:  # obs-3
            applies = [{"text": group} for group in said["appliesTo"]]
            written.append(ends | {"text": text, "type": words(said["kind"]), "appliesTo": applies})
    return written


def concept(codes: Concept, text: str | None) -> Resource:
    found = {"coding": codings(codes), "text": text}
    return found if any(found.values()) else UNKNOWN


def concepts(codes: Sequence[Concept], texts: Sequence[str]) -> list[Resource]:
    """Join codes and texts if each has both; else write the texts alone."""
    if len(codes) != len(texts):
        return [{"text": text} for text in texts]
    return [concept(*pair) for pair in zip(codes, texts, strict=True)]


def codings(codes: Concept) -> list[Resource]:
    return [to_builtins(code) for code in codes]


def absent(part: Resource) -> Resource:
    """Say why a value is missing: FHIR's code where one was sent, and the words of the document."""
    code = part.get("absentCode")
    coding = [Coding(f"{_HL7}/data-absent-reason", code)] if code else []
    return concept(coding, part["absentReason"])


def words(text: str | None) -> Resource | None:
    return {"text": text} if text else None


def all_texts(texts: Sequence[str] | None) -> list[Resource]:
    return [{"text": text} for text in texts or () if text]


def display(name: str | None) -> Resource | None:
    """Refer to somebody or something whose name is all that is known."""
    return {"display": name} if name else None


def amount(text: str | None) -> Resource | None:
    """Write a quantity that a view has as one text, if it begins with a plain number."""
    found = _AMOUNT.fullmatch(text or "")
    if found is None:
        return None
    return {"value": Decimal(found["number"]), "unit": found["unit"]}


def state(code: str | None, system: str, allowed: frozenset[str]) -> Resource | None:
    if code not in allowed:
        return None
    return {"coding": [{"system": f"{_HL7}/{system}", "code": code}]}


def among(word: str | None, *allowed: str) -> str | None:
    return word if word in allowed else None


def moment(element: str, text: str | None, *, unknown: bool = False) -> Resource:
    """Write a time; an age or a text stays text, if the element allows that."""
    if as_date(text):
        return {f"{element}DateTime": text}
    if text and not stands_for_none(text) and element != "effective":
        return {f"{element}String": text}
    return {f"_{element}DateTime": UNKNOWN} if unknown else {}


def span(element: str, start: str | None, end: str | None) -> Resource:
    if as_date(end):
        return {f"{element}Period": {"start": as_date(start), "end": end}}
    if element == "effective" and not as_date(start):
        return {"_effectiveDateTime": UNKNOWN}
    return moment(element, start, unknown=True)


def notes(text: str | None) -> list[Resource]:
    return [{"text": text}] if text else []


def as_many(kept: Sequence[Any], many: int, otherwise: Any = ()) -> Sequence[Any]:
    """Give the codes of several parts, or an empty list for each if none were stored."""
    return kept if len(kept) == many else [otherwise] * many


def without_nothing(value: Any) -> Any:
    """Leave out every empty element: FHIR has no null and nothing empty."""
    if isinstance(value, dict):
        kept = {name: without_nothing(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [part for part in map(without_nothing, value) if part not in ({}, None)]
    return value
