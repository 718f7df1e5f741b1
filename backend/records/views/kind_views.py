"""The views of visits, conditions, allergies and the other simple kinds.

Dates are as the sender wrote them, partial where that is all that is known (FHIR dateTime).
A field with a usual value came later than the kind: a record from before may be without it.
"""

from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backend.core.i18n import LocalText
from backend.records.views.part_views import NamedView, ProtocolView, StageView
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
    service_type: str | None = None
    """The department or the speciality, as in cardiology."""
    participants: list[NamedView] = []
    """The people of `people` who took part in it, with what they did."""
    locations: list[NamedView] = []
    """Where it was: department, ward, room, bed, in the order of the stay."""
    diagnoses: list[NamedView] = []
    """What was found, each with its role (admission, discharge, ...) where that is said."""
    admitted_from: str | None = None
    """Where the patient came from (FHIR's admitSource and origin)."""
    discharge: str | None = None
    """How the stay ended (FHIR's dischargeDisposition)."""
    discharged_to: str | None = None
    """Where the patient went to."""
    priority: str | None = None
    """How urgent it was."""


class ConditionView(ShownView, frozen=True, rename="camel", kw_only=True):
    name: str
    verification: str | None
    categories: list[str]
    severity: str | None
    onset: str | None
    abated: str | None
    recorded_at: str | None
    body_sites: list[str] = []
    """Where in the body it is."""
    stages: list[StageView] = []
    """How far it has gone."""
    evidence: list[str] = []
    """The signs from which it is known."""
    recorder: str | None = None
    """Who wrote it down; among `people` too."""
    asserter: str | None = None
    """Whose word it is; among `people` too."""


class ReactionView(Struct, frozen=True, rename="camel", kw_only=True):
    substance: str | None
    manifestations: list[str]
    severity: str | None
    onset: str | None
    description: str | None = None
    """What happened, in words of a person."""
    exposure_route: str | None = None
    """How the substance got to the patient: swallowed, injected, by the skin."""
    note: str | None = None
    """What else is said of this reaction."""


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
    last_occurrence: str | None = None
    """When a reaction was seen last."""
    recorder: str | None = None
    """Who wrote it down; among `people` too."""
    asserter: str | None = None
    """Whose word it is; among `people` too."""


class ImmunisationView(ShownView, frozen=True, rename="camel", kw_only=True):
    vaccine: str
    occurred: str | None
    lot: str | None
    dose_number: str | None
    targets: list[str]
    """Every disease that it is against."""
    site: str | None
    route: str | None
    status_reason: str | None = None
    """Why it was not given, where the status is `not-done`."""
    protocols: list[ProtocolView] = []
    """What it counts as, where it belongs to plans of doses."""
    maker: str | None = None
    """Who made the vaccine."""
    expires: str | None = None
    """The last day on which it may be given."""
    dose: str | None = None
    """How much of it was given."""
    where: str | None = None
    """The place where it was given."""
    reasons: list[str] = []
    """Why it was given."""
    subpotent: bool | None = None
    """Whether the dose counts for less than a whole one."""
    reactions: list[str] = []
    """What was seen after it."""


class ProcedureView(ShownView, frozen=True, rename="camel", kw_only=True):
    name: str
    performed: str | None
    ended: str | None
    reasons: list[str]
    body_sites: list[str]
    outcome: str | None
    category: str | None = None
    """The sort of procedure, as in surgery."""
    status_reason: str | None = None
    """Why it was not done, or not to its end."""
    where: str | None = None
    """The place where it was done."""
    complications: list[str] = []
    """What went wrong during it or after it."""
    follow_up: list[str] = []
    """What is to be done afterwards."""
    devices: list[str] = []
    """What was put in, changed or used."""


class ImagingView(ShownView, frozen=True, rename="camel", kw_only=True):
    """An ImagingStudy: date and body part; the pictures stay in the hospital."""

    name: str | None
    started: str | None
    modalities: list[str]
    body_sites: list[str]
    series: int | None
    images: int | None
    reasons: list[str] = []
    """Why it was made."""
    where: str | None = None
    """The place where it was made."""
    descriptions: list[str] = []
    """What each series shows, where its sender says so."""


class OrderView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A ServiceRequest."""

    name: str
    intent: str
    ordered_at: str | None
    planned_for: str | None
    reasons: list[str]
    categories: list[str] = []
    """The sort of order, as in laboratory or imaging."""
    priority: str | None = None
    """FHIR's code: routine, urgent, asap, stat."""
    order_details: list[str] = []
    """What more was ordered about it."""
    body_sites: list[str] = []
    """Where in the body."""
    specimens: list[str] = []
    """Of what it is to be made."""
    locations: list[str] = []
    """Where it is to be done."""
    instructions: str | None = None
    """What the patient has to do for it."""
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
    status_reasons: list[str] = []
    """Why the medicine is taken, not taken, or stopped."""
    category: str | None = None
    """Where it is taken: at home, in the hospital."""
    stated_at: str | None = None
    """When it was said."""
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
    events: list[str] = []
    """What the document is about: a visit, an operation."""
    practice_setting: str | None = None
    """The speciality in which it was written."""
    facility_kind: str | None = None
    """The sort of place in which it was written."""
    begins: str | None = None
    """The beginning of the time that it is about."""
    ends: str | None = None
    """The end of the time that it is about."""


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
