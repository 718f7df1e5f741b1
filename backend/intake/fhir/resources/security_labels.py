"""Finds the restricted class of a FHIR resource from all of its content."""

from collections.abc import Sequence

from backend.intake.fhir.model.datatypes import Resource
from backend.intake.fhir.model.texts_and_codes import (
    TextsAndCodes,
    texts_and_codes,
    texts_and_codes_of_its_name,
)
from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import SecurityLabels, security_labels


def may_not_be_pictured(resource: Resource) -> bool:
    """Tell whether this record's files may be shown as text only."""
    return rules().withholds(facts_of(resource))


def restriction_of(resource: Resource) -> str:
    """Give the name of the restricted class; empty for an ordinary record."""
    found = rules().class_of(facts_of(resource), its_own_facts(resource))
    return found.name if found else ""


def facts_of(resource: Resource) -> SecurityLabels:
    """Give all that a resource says, for the rules."""
    return _facts(texts_and_codes(resource))


def its_own_facts(resource: Resource) -> SecurityLabels:
    """Give what a resource says of what it is itself, and not what it mentions."""
    return _facts(texts_and_codes_of_its_name(resource))


def restriction_by(named: Resource, names: Sequence[str]) -> str:
    """Give the restricted class of a record that mentions this resource, so called."""
    found = rules().class_of(_of_named(named, names), _NO_LABELS)
    return found.name if found else ""


def withholds_by(named: Resource, names: Sequence[str]) -> bool:
    """Tell whether a record that mentions this resource shows no files but text."""
    return rules().withholds(_of_named(named, names))


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


def _facts(said: TextsAndCodes) -> SecurityLabels:
    return security_labels(
        codings=said.codes, labels=said.labels, departments=said.departments, names=said.texts
    )
