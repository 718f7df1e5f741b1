"""Finds the restricted class of a FHIR resource from all of its content."""

from collections.abc import Iterator, Sequence
from typing import Any

from backend.intake.fhir.model.datatypes import Resource
from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import SecurityLabels, security_labels

_TEXTS = frozenset({"text", "display", "conclusion", "description", "valueString", "title"})

_WHAT_IT_IS = {"DocumentReference": ("type", "category")}
"""Where a resource without a `code` says what it is itself, and not what it mentions."""


def may_not_be_pictured(resource: Resource, referred_to: Sequence[str] = ()) -> bool:
    """Tell whether this record's files may be shown as text only."""
    withheld = rules().withheld_files
    return withheld is not None and withheld.has(facts_of(resource, referred_to))


def restriction_of(resource: Resource, referred_to: Sequence[str] = ()) -> str:
    """Give the name of the restricted class; empty for an ordinary record."""
    found = rules().class_of(facts_of(resource, referred_to), its_own_facts(resource))
    return found.name if found else ""


def facts_of(resource: Resource, referred_to: Sequence[str] = ()) -> SecurityLabels:
    """Give all that a resource says, for the rules."""
    return security_labels(
        codings=_codings(resource),
        labels=[
            *(label.get("code", "") for label in resource.get("meta", {}).get("security", [])),
            *(code for _, code in _codings(resource.get("securityLabel", []))),
        ],
        departments=[*referred_to, *_departments(resource)],
        names=_names(resource),
    )


def restriction_by(named: Resource, names: Sequence[str]) -> str:
    """Give the restricted class of a record that mentions this resource, so called."""
    found = rules().class_of(_of_named(named, names), _NO_LABELS)
    return found.name if found else ""


def withholds_by(named: Resource, names: Sequence[str]) -> bool:
    """Tell whether a record that mentions this resource shows no files but text."""
    withheld = rules().withheld_files
    return withheld is not None and withheld.has(_of_named(named, names))


_NO_LABELS = security_labels(codings=(), labels=(), departments=(), names=())
"""What a record mentions is never what it is itself: it hides nothing from everybody."""


def _of_named(named: Resource, names: Sequence[str]) -> SecurityLabels:
    """Ask all of a medicine or a specimen; of people and places what they are called."""
    if named["resourceType"] in {"Medication", "Specimen"}:
        return facts_of(named)
    return security_labels(codings=(), labels=(), departments=names, names=())


def is_never_shown(component: Resource) -> bool:
    """Tell whether a part of an Observation belongs to a class that is never shown."""
    own = its_own_facts(component)
    found = rules().class_of(own, own)
    return found is not None and found.hidden


def its_own_facts(resource: Resource) -> SecurityLabels:
    """Give what a resource says of what it is itself, and not what it mentions."""
    elements = _WHAT_IT_IS.get(resource.get("resourceType", ""), ("code",))
    code = [resource.get(element, {}) for element in elements]
    return security_labels(codings=_codings(code), labels=(), departments=(), names=_names(code))


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    """Give system and code of every Coding, wherever it stands."""
    if isinstance(value, list):
        for child in value:
            yield from _codings(child)
    elif isinstance(value, dict):
        if isinstance(value.get("code"), str):
            yield str(value.get("system", "")), value["code"]
        for name, child in value.items():
            if name != "meta":
                yield from _codings(child)


def _departments(value: Any) -> Iterator[str]:
    """Give what references call what they point to."""
    if isinstance(value, list):
        for child in value:
            yield from _departments(child)
    elif isinstance(value, dict):
        if ("reference" in value or "identifier" in value) and "display" in value:
            yield str(value["display"])
        for child in value.values():
            yield from _departments(child)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for child in value:
            yield from _names(child)
    elif isinstance(value, dict):
        for name, child in value.items():
            if name in _TEXTS and isinstance(child, str):
                yield child
            elif name not in {"meta", "div"}:
                yield from _names(child)
