"""Gives the name of a record, or of what it refers to; without any, the words of its narrative."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from backend.intake.fhir.model.bundle import name_of
from backend.intake.fhir.model.datatypes import Resource, all_words, first_of, notes_of, words_of
from backend.intake.fhir.model.plain_text import plain

LONGEST_LINE: Final = 300
"""Letters of a narrative that stand as a name in a list."""
LONGEST_NARRATIVE: Final = 20_000
"""Letters of a narrative that stand in for a name which nobody sent."""


def called(resource: Resource) -> str:
    """Name any resource in words that a patient can read; empty when it has none."""
    name = _NAMES.get(resource.get("resourceType", ""), _by_its_code)(resource)
    return (name or "").strip()


def _by_its_code(resource: Resource) -> str | None:
    """Name what is known by a code or a type: a condition, a specimen, a medicine, a device."""
    own = (resource.get(element) for element in _CALLED_BY)
    concepts = [words_of(_first(value)) for value in own if value]
    return first_of(*concepts, _text(resource, "title"), _text(resource, "description"))


_CALLED_BY: Final = (
    "code", "vaccineCode", "medicationCodeableConcept", "type", "description",
)  # fmt: skip
"""Concepts; the description of a Goal is one, that of others is a text."""


def _text(resource: Resource, element: str) -> str | None:
    value = resource.get(element)
    return value if isinstance(value, str) else None


def _first(value: Any) -> Resource | None:
    one: Any = next(iter(value), None) if isinstance(value, list) else value
    return one if isinstance(one, dict) else None


def _of_role(resource: Resource) -> str | None:
    """Name a PractitionerRole in its own words; who has it may stand in another resource."""
    holder = resource.get("practitioner", {}).get("display")
    role = first_of(*all_words(resource.get("code", [])), *all_words(resource.get("specialty", [])))
    where = resource.get("organization", {}).get("display")
    return first_of(holder, ", ".join(part for part in (role, where) if part))


def _of_service(resource: Resource) -> str | None:
    return first_of(name_of(resource), *all_words(resource.get("type", [])))


def _of_medicine(resource: Resource) -> str | None:
    """Name a Medication, or else what is in it."""
    parts = [part.get("itemCodeableConcept") for part in resource.get("ingredient", [])]
    mixed = " + ".join(all_words([part for part in parts if part]))
    return first_of(words_of(resource.get("code")), mixed)


def _of_device(resource: Resource) -> str | None:
    names = [name.get("name") for name in resource.get("deviceName", [])]
    return first_of(*names, words_of(resource.get("type")), resource.get("modelNumber"))


_NAMES: Final[dict[str, Callable[[Resource], str | None]]] = {
    **dict.fromkeys(("Practitioner", "Organization", "Location", "CareTeam"), name_of),
    "PractitionerRole": _of_role,
    "HealthcareService": _of_service,
    "Medication": _of_medicine,
    "Device": _of_device,
}


_NAMED_BY: Final = ("code", "medicationCodeableConcept", "procedureCode",
                    "reasonCode", "serviceType", "type", "vaccineCode")  # fmt: skip
"""The elements of which one at least names a record of any kind."""
_NAMED_ELSEWHERE: Final = ("content", "description", "item", "medicationReference", "participant",
                           "relationship", "title")  # fmt: skip
"""Elements of records that are named by a text, a file, a medicine that may come, a meeting, the
questions of a form, or whose condition it is."""


@dataclass(frozen=True, slots=True)
class NameAndNote:
    """The name of a record, and what else is said of it."""

    name: str
    note: str | None


def name_and_note(resource: Resource, element: str = "code") -> NameAndNote:
    """Read the name; where nothing has one, it is the beginning of the sender's narrative.

    A narrative too long for a line of a list stands whole in the note.
    """
    notes = notes_of(resource)
    words = words_of(resource.get(element))
    if words:
        return NameAndNote(words, notes)
    narrative = narrative_instead(resource)
    line = "; ".join(narrative.split("\n"))
    if len(line) <= LONGEST_LINE:
        return NameAndNote(line, notes)
    whole = first_of("\n".join(filter(None, [narrative, notes])))
    return NameAndNote(f"{line[:LONGEST_LINE]} […]", whole)


def narrative_instead(resource: Resource) -> str:
    """Give the words of the narrative where the record has no other name; else nothing."""
    if any(element in resource for element in _NAMED_ELSEWHERE) or any(
        _has_words(resource.get(element)) for element in _NAMED_BY
    ):
        return ""
    return _words_of_narrative(resource)


def _has_words(concepts: Any) -> bool:
    """Tell whether a CodeableConcept, or one of several, has words or a code; a code has none."""
    several = concepts if isinstance(concepts, list) else [concepts]
    return any(isinstance(concept, dict) and words_of(concept) for concept in several)


def _words_of_narrative(resource: Resource) -> str:
    """Give the words of a resource's narrative without markup; empty when it says nothing.

    Only words are taken: no mark of it is ever stored or shown.
    """
    narrative = resource.get("text")
    if not isinstance(narrative, dict) or narrative.get("status") == "empty":
        return ""
    return plain(str(narrative.get("div", "")))[:LONGEST_NARRATIVE]
