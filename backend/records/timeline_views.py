"""What stands in a timeline: each record as the list of its kind has it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from backend.records.kind_views import (
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
from backend.records.views import AppointmentView, MedicineView, ObservationView, ResultHeader


class TimelineKind(StrEnum):
    """What can stand in a timeline."""

    VISIT = "visit"
    RESULT = "result"
    OBSERVATION = "observation"
    APPOINTMENT = "appointment"
    MEDICINE = "medicine"
    MEDICATION_STATEMENT = "medication_statement"
    CONDITION = "condition"
    ALLERGY = "allergy"
    IMMUNISATION = "immunisation"
    PROCEDURE = "procedure"
    IMAGING_STUDY = "imaging_study"
    SERVICE_REQUEST = "service_request"
    DOCUMENT = "document"


class _Item(Struct, frozen=True, rename="camel", kw_only=True, tag_field="kind"):
    id: UUID
    at: datetime
    """When it happened; where its sender does not say, when it came in."""


class VisitItem(_Item, frozen=True, kw_only=True, tag="visit"):
    record: VisitView


class ResultItem(_Item, frozen=True, kw_only=True, tag="result"):
    record: ResultHeader


class ObservationItem(_Item, frozen=True, kw_only=True, tag="observation"):
    """A measurement that no report shows."""

    record: ObservationView


class AppointmentItem(_Item, frozen=True, kw_only=True, tag="appointment"):
    record: AppointmentView


class MedicineItem(_Item, frozen=True, kw_only=True, tag="medicine"):
    record: MedicineView


class StatementItem(_Item, frozen=True, kw_only=True, tag="medication_statement"):
    record: StatementView


class ConditionItem(_Item, frozen=True, kw_only=True, tag="condition"):
    record: ConditionView


class AllergyItem(_Item, frozen=True, kw_only=True, tag="allergy"):
    record: AllergyView


class ImmunisationItem(_Item, frozen=True, kw_only=True, tag="immunisation"):
    record: ImmunisationView


class ProcedureItem(_Item, frozen=True, kw_only=True, tag="procedure"):
    record: ProcedureView


class ImagingItem(_Item, frozen=True, kw_only=True, tag="imaging_study"):
    record: ImagingView


class OrderItem(_Item, frozen=True, kw_only=True, tag="service_request"):
    record: OrderView


class DocumentItem(_Item, frozen=True, kw_only=True, tag="document"):
    record: DocumentView


TimelineItem = (
    VisitItem
    | ResultItem
    | ObservationItem
    | AppointmentItem
    | MedicineItem
    | StatementItem
    | ConditionItem
    | AllergyItem
    | ImmunisationItem
    | ProcedureItem
    | ImagingItem
    | OrderItem
    | DocumentItem
)


class TimelinePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[TimelineItem]
    next_cursor: str | None
