"""The register of kinds of records: everything that every kind needs is made from here.

A new kind is a line here, beside its view, its reader in intake and its table with a migration.
Routes, pages, the timeline, changes, what a FHIR sender may send, policies of the database, release
classes, words of the access log and the tests of every kind follow from the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from backend.auth.rules import RecordClass
from backend.records.rules import LARGEST_RECORD
from backend.records.views.further_views import (
    CarePlanView,
    DispensedMedicineView,
    FamilyHistoryView,
    FilledFormView,
    GivenMedicineView,
)
from backend.records.views.kind_views import (
    AllergyView,
    ConditionView,
    DocumentView,
    ImagingView,
    ImmunisationView,
    OrderView,
    ProcedureView,
    StatementView,
    VisitView,
)
from backend.records.views.record_views import (
    AppointmentView,
    MedicineView,
    ObservationView,
    ResultHeader,
    ResultView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record."""

    table: str
    """Where it is kept, and its word in the app's contract."""
    fhir: str
    """FHIR's word for it."""
    view: type[Struct]
    """What the patient's app gets of one."""
    header: type[Struct] | None = None
    """What lists and the timeline show of it, where that is less: the column `header`."""
    record_class: RecordClass | None = None
    """What a reader needs open for a list of it; without one, it has no list of its own."""
    listed_at: str = ""
    """The last part of the address of its list, where that is not its record class."""
    listed_by: str = "happened_at"
    """The column by which a list and the timeline are in order."""
    own_routes: bool = False
    """Its routes do more than list and read: they are written by hand."""
    read_alone: bool = True
    """One of them can be read by itself."""
    alone: str = ""
    """SQL: which rows `t` stand in the timeline by themselves, after an AND."""
    in_summary_grant: bool = False
    """A grant on the summary opens it too."""
    can_wait: bool = True
    """A policy may keep it from being seen. What a patient acts by every day never waits."""
    always_own: bool = False
    """Its own patient reads it without a step-up too, where it is restricted for everybody else."""
    has_files: bool = False
    """Files may come with it; intake keeps them beside what is only shown."""
    largest: int = LARGEST_RECORD
    """Bytes of one at most, as its patient reads it."""
    in_summary: tuple[str, ...] = ()
    """The statuses in which one belongs into a patient summary (IPS)."""
    in_access_log: tuple[str, str] | None = None
    """What was looked at, in Vietnamese and in English; one kind of a record class says it."""

    @property
    def text(self) -> str:
        """The column with the JSON that a list shows."""
        return "body" if self.header is None else "header"

    @property
    def in_list(self) -> type[Struct]:
        """The view of one record in a list."""
        return self.header or self.view

    @property
    def name(self) -> str:
        """The prefix in the contract of the kind's page, item and change."""
        return self.view.__name__.removesuffix("View")

    @property
    def address(self) -> str:
        """The last part of the address of the kind's list; empty without one."""
        return self.listed_at or (self.record_class or "")


KINDS: Final = (
    Kind(
        table="result", fhir="DiagnosticReport", view=ResultView, header=ResultHeader,
        record_class=RecordClass.RESULTS, own_routes=True,
        in_access_log=("kết quả của bạn", "your results"),
    ),
    Kind(
        table="observation", fhir="Observation", view=ObservationView,
        record_class=RecordClass.RESULTS, listed_at="observations", read_alone=False,
        alone="AND NOT t.reported",
    ),
    Kind(
        table="appointment", fhir="Appointment", view=AppointmentView,
        record_class=RecordClass.APPOINTMENTS, listed_by="starts_at", own_routes=True,
        in_summary_grant=True, can_wait=False,
        in_access_log=("lịch hẹn của bạn", "your appointments"),
    ),
    Kind(
        table="medicine", fhir="MedicationRequest", view=MedicineView,
        record_class=RecordClass.MEDICINES, own_routes=True, read_alone=False,
        in_summary_grant=True, can_wait=False,
        largest=16 << 10,  # its text stands beside each of its doses
        in_summary=("active", "on-hold", "unknown"),
        in_access_log=("thuốc của bạn", "your medicines"),
    ),
    Kind(
        table="document", fhir="DocumentReference", view=DocumentView,
        record_class=RecordClass.DOCUMENTS, has_files=True,
        in_access_log=("giấy tờ của bạn", "your documents"),
    ),
    Kind(
        table="visit", fhir="Encounter", view=VisitView, record_class=RecordClass.VISITS,
        in_access_log=("các lần khám của bạn", "your visits"),
    ),
    Kind(
        table="condition", fhir="Condition", view=ConditionView,
        record_class=RecordClass.CONDITIONS,
        in_summary=("active", "recurrence", "relapse", "unknown"),
        in_access_log=("các chẩn đoán của bạn", "your conditions"),
    ),
    Kind(
        table="allergy", fhir="AllergyIntolerance", view=AllergyView,
        record_class=RecordClass.ALLERGIES, own_routes=True, in_summary_grant=True,
        can_wait=False, always_own=True, in_summary=("active", "unknown"),
        in_access_log=("thông tin dị ứng của bạn", "your allergies"),
    ),
    Kind(
        table="immunisation", fhir="Immunization", view=ImmunisationView,
        record_class=RecordClass.IMMUNISATIONS, in_summary_grant=True, in_summary=("completed",),
        in_access_log=("thông tin tiêm chủng của bạn", "your immunisations"),
    ),
    Kind(
        table="procedure", fhir="Procedure", view=ProcedureView, in_summary=("completed",),
    ),
    Kind(table="imaging_study", fhir="ImagingStudy", view=ImagingView),
    Kind(table="service_request", fhir="ServiceRequest", view=OrderView),
    Kind(
        table="medication_statement", fhir="MedicationStatement", view=StatementView,
        can_wait=False, in_summary=("active", "on-hold", "unknown"),
    ),
    Kind(table="care_plan", fhir="CarePlan", view=CarePlanView),
    Kind(table="family_history", fhir="FamilyMemberHistory", view=FamilyHistoryView),
    Kind(table="filled_form", fhir="QuestionnaireResponse", view=FilledFormView),
    Kind(
        table="dispensed_medicine", fhir="MedicationDispense", view=DispensedMedicineView,
        can_wait=False,
    ),
    Kind(table="given_medicine", fhir="MedicationAdministration", view=GivenMedicineView),
)  # fmt: skip

TABLES: Final[Mapping[str, str]] = {kind.fhir: kind.table for kind in KINDS}
"""FHIR's word for a kind, and where it is kept."""
LISTED: Final = tuple(kind for kind in KINDS if kind.record_class is not None)
"""The kinds that have a list of their own."""
CAN_WAIT: Final = tuple(kind.table for kind in KINDS if kind.can_wait)
"""The tables of records that a policy may keep from being seen for a while."""
ALWAYS_OWN: Final = frozenset(kind.table for kind in KINDS if kind.always_own)
"""The tables of records that no restriction hides from their own patient."""
_BY_TABLE: Final = {kind.table: kind for kind in KINDS}


def kind_of(table: str) -> Kind:
    return _BY_TABLE[table]
