"""Lists the texts and codes of a record: whatever a patient may come to read of it restricts it.

Rules of restriction ask this list and nothing else. So an element that a view begins to show is
added here, and a test sends a restricted word in each text that any view shows.
"""

from dataclasses import dataclass, field
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
    found = _all_in(resource)
    labels = [label.get("code", "") for label in resource.get("meta", {}).get("security", [])]
    own_labels = _all_in(resource["securityLabel"]).codes if "securityLabel" in resource else []
    return TextsAndCodes(
        texts=(*found.texts, *filter(None, [narrative_instead(resource)])),
        codes=tuple(found.codes),
        labels=(*labels, *(code for _, code in own_labels)),
        departments=(
            *filter(None, map(called, resource.get("contained", []))),
            *found.displayed,
            *found.departments,
        ),
    )


def texts_and_codes_of_its_name(resource: Resource) -> TextsAndCodes:
    """List those of what a record is itself, without what it mentions."""
    elements = WHAT_IT_IS.get(resource.get("resourceType", ""), ("code",))
    own = _all_in([resource.get(element, {}) for element in elements])
    return TextsAndCodes(
        texts=(*own.texts, *filter(None, [narrative_instead(resource)])),
        codes=tuple(own.codes),
        labels=(),
        departments=(),
    )


@dataclass(slots=True)
class _Found:
    """What one walk through a resource has found so far, each in the order it stands there."""

    texts: list[str] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    displayed: list[str] = field(default_factory=list)
    """What references call what they point to."""
    departments: list[str] = field(default_factory=list)
    """The words of departments that stand there without a reference."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What counts at a place of a resource."""

    texts: bool = True
    codes: bool = True
    of_department: bool | None = None
    """Whether a text names a department; None where no element that names one is above it."""

    def below(self, name: str) -> "_Place":
        """Give what counts within an element."""
        if name in _NO_TEXT:
            inside = None if self.of_department is None else False
            return _Place(False, self.codes and name != "meta", inside)
        if name in _DEPARTMENTS and self.of_department is None:
            return _Place(self.texts, self.codes, True)
        return self


_ANYWHERE: Final = _Place()


def _all_in(value: Any) -> _Found:
    """Find all texts and codes in one walk."""
    found = _Found()
    _look(value, _ANYWHERE, found)
    return found


def _look(value: Any, place: _Place, found: _Found) -> None:
    if isinstance(value, list):
        for child in value:
            _look(child, place, found)
    elif isinstance(value, dict):
        _note_itself(value, place, found)
        for name, child in value.items():
            if isinstance(child, str):
                if name in _TEXTS or name.endswith(_STRING):
                    _note_text(child, place, found)
            elif isinstance(child, dict | list):
                _look(child, place.below(name), found)


def _note_itself(value: Resource, place: _Place, found: _Found) -> None:
    """Note what is a Coding, or a Reference with words."""
    if place.codes and isinstance(value.get("code"), str):
        found.codes.append((str(value.get("system", "")), value["code"]))
    if "display" in value and ("reference" in value or "identifier" in value):
        found.displayed.append(str(value["display"]))


def _note_text(text: str, place: _Place, found: _Found) -> None:
    if place.texts:
        found.texts.append(text)
    if place.of_department:
        found.departments.append(text)
