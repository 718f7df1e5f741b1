"""Lists the texts and codes of a record: whatever a patient may come to read of it restricts it.

Rules of restriction ask this list and nothing else. So an element that a view begins to show is
added here, and a test sends a restricted word in each text that any view shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from backend.intake.fhir.model.datatypes import Resource
from backend.intake.fhir.model.names import called, narrative_instead

_TEXTS: Final = frozenset(
    {"comment", "conclusion", "description", "display", "instruction", "lotNumber",
     "patientInstruction", "series", "text", "title", "unit", "valueUri"}
)  # fmt: skip
"""Elements with words of a person, wherever they stand; `valueString` and its like are added."""
_STRING: Final = "String"
_DEPARTMENTS: Final = frozenset(
    {"clinicalSpecialty", "practiceSetting", "serviceCategory", "serviceType", "specialty"}
)
"""Elements that name a department although they refer to none."""
_NO_TEXT: Final = frozenset({"meta", "div"})

WHAT_IT_IS: Final = {"DocumentReference": ("type", "category")}
"""Where a resource without a `code` says what it is itself, and not what it mentions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsAndCodes:
    """All that a record says in words and codes, for the rules of restriction."""

    texts: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    """System and code of each Coding, also of contained resources."""
    labels: tuple[str, ...]
    """Codes of security labels."""
    departments: tuple[str, ...]
    """What it calls the people and places that it refers to."""


def texts_and_codes(resource: Resource) -> TextsAndCodes:
    """List the texts and codes of a record, with what is contained in it.

    What the record only refers to brings its restricted class along by itself (`blanks`).
    """
    labels = [label.get("code", "") for label in resource.get("meta", {}).get("security", [])]
    return TextsAndCodes(
        texts=(*_texts(resource), *filter(None, [narrative_instead(resource)])),
        codes=tuple(_codings(resource)),
        labels=(*labels, *(code for _, code in _codings(resource.get("securityLabel", [])))),
        departments=(
            *filter(None, map(called, resource.get("contained", []))),
            *_displayed(resource),
            *_departments(resource),
        ),
    )


def texts_and_codes_of_its_name(resource: Resource) -> TextsAndCodes:
    """List those of what a record is itself, without what it mentions."""
    elements = WHAT_IT_IS.get(resource.get("resourceType", ""), ("code",))
    own = [resource.get(element, {}) for element in elements]
    return TextsAndCodes(
        texts=(*_texts(own), *filter(None, [narrative_instead(resource)])),
        codes=tuple(_codings(own)),
        labels=(),
        departments=(),
    )


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


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, str):
                if name in _TEXTS or name.endswith(_STRING):
                    yield child
            elif name not in _NO_TEXT:
                yield from _texts(child)


def _displayed(value: Any) -> Iterator[str]:
    """Give what references call what they point to."""
    if isinstance(value, list):
        for child in value:
            yield from _displayed(child)
    elif isinstance(value, dict):
        if ("reference" in value or "identifier" in value) and "display" in value:
            yield str(value["display"])
        for child in value.values():
            yield from _displayed(child)


def _departments(value: Any) -> Iterator[str]:
    """Give the words of departments that stand there without a reference."""
    if isinstance(value, list):
        for child in value:
            yield from _departments(child)
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _texts(child) if name in _DEPARTMENTS else _departments(child)
