"""The views of visits, conditions, allergies and the other simple kinds.

Dates are as the sender wrote them, partial where that is all that is known (FHIR dateTime).
"""

from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backend.core.i18n import LocalText
from backend.records.views.record_views import FileView, RecordView


class ShownView(RecordView, frozen=True, rename="camel", kw_only=True):
    """The fields of every simple kind."""

    people: list[str]
    """Who had to do with it, as far as their names are known here."""
    note: str | None


UNFILED: Final[dict[str, Any]] = {"id": UUID(int=0), "facility": "", "as_of": None, "people": []}
"""What a reader of messages leaves open; it is filled in where the record is filed."""


class VisitView(ShownView, frozen=True, rename="camel", kw_only=True):
    """An Encounter."""

    visit_class: str
    """HL7's code: AMB, EMER, IMP, HH, VR, ..."""
    kind: str | None
    reasons: list[str]
    starts_at: str | None
    ends_at: str | None


class ConditionView(ShownView, frozen=True, rename="camel", kw_only=True):
    name: str
    verification: str | None
    categories: list[str]
    severity: str | None
    onset: str | None
    abated: str | None
    recorded_at: str | None


class ReactionView(Struct, frozen=True, rename="camel", kw_only=True):
    substance: str | None
    manifestations: list[str]
    severity: str | None
    onset: str | None


class NoneKnownOf(StrEnum):
    """A group of substances without known allergy, after a clinician has asked."""

    ANYTHING = "anything"
    MEDICATION = "medication"
    FOOD = "food"
    ENVIRONMENT = "environment"
    INSECT = "insect"


class AllergyView(ShownView, frozen=True, rename="camel", kw_only=True):
    name: str
    none_known: bool
    """Somebody asked and there is none; no row at all means that nobody asked."""
    none_known_of: NoneKnownOf | None
    """What was asked about, where none is known and the sender says it in a code."""
    verification: str | None
    type: str | None
    categories: list[str]
    criticality: str | None
    onset: str | None
    recorded_at: str | None
    reactions: list[ReactionView]


class ImmunisationView(ShownView, frozen=True, rename="camel", kw_only=True):
    vaccine: str
    occurred: str | None
    lot: str | None
    dose_number: str | None
    targets: list[str]
    site: str | None
    route: str | None


class ProcedureView(ShownView, frozen=True, rename="camel", kw_only=True):
    name: str
    performed: str | None
    ended: str | None
    reasons: list[str]
    body_sites: list[str]
    outcome: str | None


class ImagingView(ShownView, frozen=True, rename="camel", kw_only=True):
    """An ImagingStudy: date and body part; the pictures stay in the hospital."""

    name: str | None
    started: str | None
    modalities: list[str]
    body_sites: list[str]
    series: int | None
    images: int | None


class OrderView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A ServiceRequest."""

    name: str
    intent: str
    ordered_at: str | None
    planned_for: str | None
    reasons: list[str]
    do_not_perform: bool = False
    """It is an order not to do it."""
    caution: LocalText | None = None
    """Why it is not to be done: forbidden, or only thought of."""


class StatementView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A MedicationStatement: a medicine that a patient takes or took, by anyone's word."""

    name: str
    dosage: str | None
    begins: str | None
    ends: str | None
    reasons: list[str]
    dosage_in_words: LocalText | None = None
    """As in a medicine."""
    caution: LocalText | None = None
    """Why it is not taken now."""


class DocumentView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A DocumentReference: a letter, a discharge summary, a scanned paper."""

    title: str | None
    kind: str | None
    categories: list[str]
    written: str | None
    """How finished the text is: preliminary, final, amended."""
    created_at: str | None
    files: list[FileView]


class AllergyKnowledge(StrEnum):
    """The meaning of a list of allergies."""

    NOT_ASKED = "not_asked"
    """No hospital has said anything: whether there is an allergy, nobody knows."""
    NONE_KNOWN = "none_known"
    """Somebody asked about any allergy, and there is none."""
    LISTED = "listed"
    """What is known stands in `items`."""


class AllergyPage(Struct, frozen=True, rename="camel", kw_only=True):
    known: AllergyKnowledge
    items: list[AllergyView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are kept but cannot be read. The hub's operators know of them."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""
