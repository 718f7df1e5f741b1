"""Reads what the simple kinds have in common, and lists the reader of each kind."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import (
    Resource,
    end_of_partial,
    first_of,
    instant,
    words_of,
)
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.diagnostic_report import filed
from backend.intake.fhir.resources.participants import NamedField, blanks_of
from backend.intake.fhir.resources.requests import medication_of
from backend.records.filing.contents import Blank, ObservationContent, ReportContent, SimpleContent
from backend.records.views.kind_views import ShownView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContent:
    """The result of a reader: the view of one resource, with time, names and status."""

    view: ShownView
    happened: str | None
    """FHIR dateTime, partial or not."""
    status: str | None = None
    """Where the record's own status element does not say that it was entered in error."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    named: Sequence[NamedField] = ()
    """Fields that say what references are called."""


_MEDICINE: Final = "medicationReference"
_NAMES: Final = ("name", "vaccine", "title", "modalities", "visit_class", "relation", "questions")
"""Fields of which one at least says to a reader of a list what a record is."""
_DATE = re.compile(r"\d{4}(-\d\d|\Z)")

Reader = Callable[[Resource, str], ReadContent]
"""Given the resource and its path."""


def shown_content(entry: Entry, keys: Keys, references: References, read: Reader) -> SimpleContent:
    shown = read(entry.resource, entry.path)
    return SimpleContent(
        **filed(entry, keys),
        kind=entry.kind,
        status=shown.status or shown.view.status,
        happened_at=instant(shown.happened),
        happened_until=end_of_partial(shown.happened),
        view=shown.view,
        blanks=_blanks(entry, keys, references, shown),
        columns=shown.columns,
    )


def _blanks(
    entry: Entry, keys: Keys, references: References, shown: ReadContent
) -> tuple[Blank, ...]:
    medicine = medication_of(entry, keys, references)[1] if _MEDICINE in entry.resource else ()
    return (*medicine, *blanks_of(entry, keys, references, *shown.named))


NAMELESS: Final = "its name is in no text, code or narrative: a list shows it without one"


def remarks_on_name(
    content: ObservationContent | ReportContent | SimpleContent,
) -> tuple[str, ...]:
    """Remark on a record that stands in a list without a name."""
    names: list[object] = []
    match content:
        case ObservationContent():
            names.append(content.measured.name)
        case ReportContent():
            names.append(content.test_name)
        case SimpleContent():
            names += [getattr(content.view, field, None) for field in _NAMES]
    return () if any(names) else (NAMELESS,)


def moment(resource: Resource, element: str) -> str | None:
    """Read a choice of times as text: dateTime, the start of a period, a string or an age."""
    age = resource.get(f"{element}Age")
    return first_of(
        resource.get(f"{element}DateTime"),
        resource.get(f"{element}Period", {}).get("start"),
        resource.get(f"{element}String"),
        f"{age['value']} {age.get('unit') or age.get('code') or ''}".strip()
        if age and "value" in age
        else None,
        _range(resource.get(f"{element}Range", {})),
    )


def named_medicine(resource: Resource) -> str:
    """Give what a record calls its medicine itself; a Medication beside it is asked for later."""
    reference = resource.get("medicationReference", {})
    held: Resource = next(
        (part for part in resource.get("contained", [])
         if part["resourceType"] == "Medication"
         and reference.get("reference") == f"#{part.get('id')}"),
        {},
    )  # fmt: skip
    own = words_of(resource.get("medicationCodeableConcept"))
    return first_of(own, reference.get("display"), words_of(held.get("code"))) or ""


def _range(value: Resource) -> str | None:
    ends = [value.get(end, {}) for end in ("low", "high")]
    if not any("value" in end for end in ends):
        return None
    unit = ends[0].get("unit") or ends[1].get("unit") or ""
    return f"{ends[0].get('value', '')} – {ends[1].get('value', '')} {unit}".strip()


def date_of(text: str | None) -> str | None:
    """Keep a value only if it is a date; free text and ages cannot be sorted."""
    return text if text and _DATE.match(text) else None
