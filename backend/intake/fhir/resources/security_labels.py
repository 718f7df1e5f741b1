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


def may_not_be_pictured(resource: Resource, referred_to: Sequence[Resource] = ()) -> bool:
    """Tell whether this record's files may be shown as text only."""
    withheld = rules().withheld_files
    return withheld is not None and withheld.has(_facts(texts_and_codes(resource, *referred_to)))


def restriction_of(resource: Resource, referred_to: Sequence[Resource] = ()) -> str:
    """Give the name of the restricted class; empty for an ordinary record."""
    said = _facts(texts_and_codes(resource, *referred_to))
    found = rules().class_of(said, _facts(texts_and_codes_of_its_name(resource)))
    return found.name if found else ""


def is_never_shown(component: Resource) -> bool:
    """Tell whether a part of an Observation belongs to a class that is never shown."""
    own = _facts(texts_and_codes_of_its_name(component))
    found = rules().class_of(own, own)
    return found is not None and found.hidden


def _facts(said: TextsAndCodes) -> SecurityLabels:
    return security_labels(
        codings=said.codes, labels=said.labels, departments=said.departments, names=said.texts
    )
