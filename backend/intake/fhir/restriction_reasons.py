"""Says which rule of restriction would hold a resource, and by which of its elements."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.intake.fhir.model.datatypes import Resource
from backend.intake.fhir.resources.security_labels import facts_of, its_own_facts
from backend.records.visibility.restriction_rules import Rules, SecurityLabels, security_labels


@dataclass(frozen=True, slots=True)
class RestrictionReason:
    """One class that a record belongs to."""

    record_class: str
    rule: str
    """The code, label or words by which it is known."""
    path: str
    """The element that says it; empty where only several together do."""


def reasons_of(resource: Resource, rules: Rules) -> list[RestrictionReason]:
    """List the classes of a resource, in the order of the rules: the first one holds."""
    return [
        RestrictionReason(found.name, rule, _place_of(rule, resource, rules))
        for found, rule in rules.reasons(facts_of(resource), its_own_facts(resource))
    ]


def reasons_of_text(text: str, rules: Rules) -> list[RestrictionReason]:
    """List the classes that a text alone would bring a record into, as a name or a department."""
    said = security_labels(codings=(), labels=(), departments=(text,), names=(text,))
    return [RestrictionReason(found.name, rule, "") for found, rule in rules.reasons(said)]


def _place_of(rule: str, resource: Resource, rules: Rules) -> str:
    """Find the first element that brings this rule about by itself."""
    return next(
        (
            path
            for path, facts in _elements(resource, resource["resourceType"])
            if any(rule == found for _, found in rules.reasons(facts))
        ),
        "",
    )


def _elements(value: Any, path: str) -> Iterator[tuple[str, SecurityLabels]]:
    """Give the facts of each element by itself: a text, a coding or a label."""
    if isinstance(value, list):
        for n, child in enumerate(value):
            yield from _elements(child, f"{path}[{n}]")
    elif isinstance(value, dict):
        if isinstance(value.get("code"), str):
            coding, label = [(str(value.get("system", "")), value["code"])], [value["code"]]
            yield path, security_labels(codings=coding, labels=(), departments=(), names=())
            if ".security[" in path or ".securityLabel[" in path:
                yield path, security_labels(codings=(), labels=label, departments=(), names=())
        for name, child in value.items():
            yield from _elements(child, f"{path}.{name}")
    elif isinstance(value, str):
        yield path, security_labels(codings=(), labels=(), departments=(value,), names=())
        yield path, security_labels(codings=(), labels=(), departments=(), names=(value,))
