"""What an app gets when it asks what is new: records as the lists show them, and what is gone."""

from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

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
from backend.records.views import AppointmentView, MedicineView, ObservationView, ResultView

ChangeKind = Literal[
    "result",
    "observation",
    "appointment",
    "medicine",
    "document",
    "visit",
    "condition",
    "allergy",
    "immunisation",
    "procedure",
    "imaging_study",
    "service_request",
    "medication_statement",
]
AnyRecord = (
    ResultView
    | ObservationView
    | AppointmentView
    | MedicineView
    | DocumentView
    | VisitView
    | ConditionView
    | AllergyView
    | ImmunisationView
    | ProcedureView
    | ImagingView
    | OrderView
    | StatementView
)


class ChangeView(Struct, frozen=True, rename="camel", kw_only=True):
    """A record as it is now, or that it is gone. One of `record` and `gone` is there."""

    kind: ChangeKind
    id: UUID
    record: AnyRecord | UnsetType = UNSET
    """Take the place of what is kept under this id with it, whether there was something or not."""
    gone: bool | UnsetType = UNSET
    """Forget what is kept under this id, if anything is."""


class ChangePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[ChangeView]
    next_cursor: str
    """Show it as `since` the next time, also when nothing was new."""
    more: bool
    """Whether to go on at once."""
