"""What an app gets when it asks what is new: records as the lists show them, and what is gone."""

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


class _Change(Struct, frozen=True, rename="camel", kw_only=True, tag_field="kind"):
    """A record as it is now, or that it is gone: one of `record` and `gone` is there.

    A record takes the place of what is kept under its id, whether there was something or not.
    """

    id: UUID
    gone: bool | UnsetType = UNSET
    """Forget what is kept under this id, if anything is."""


class ResultChange(_Change, frozen=True, kw_only=True, tag="result"):
    record: ResultView | UnsetType = UNSET


class ObservationChange(_Change, frozen=True, kw_only=True, tag="observation"):
    record: ObservationView | UnsetType = UNSET


class AppointmentChange(_Change, frozen=True, kw_only=True, tag="appointment"):
    record: AppointmentView | UnsetType = UNSET


class MedicineChange(_Change, frozen=True, kw_only=True, tag="medicine"):
    record: MedicineView | UnsetType = UNSET


class DocumentChange(_Change, frozen=True, kw_only=True, tag="document"):
    record: DocumentView | UnsetType = UNSET


class VisitChange(_Change, frozen=True, kw_only=True, tag="visit"):
    record: VisitView | UnsetType = UNSET


class ConditionChange(_Change, frozen=True, kw_only=True, tag="condition"):
    record: ConditionView | UnsetType = UNSET


class AllergyChange(_Change, frozen=True, kw_only=True, tag="allergy"):
    record: AllergyView | UnsetType = UNSET


class ImmunisationChange(_Change, frozen=True, kw_only=True, tag="immunisation"):
    record: ImmunisationView | UnsetType = UNSET


class ProcedureChange(_Change, frozen=True, kw_only=True, tag="procedure"):
    record: ProcedureView | UnsetType = UNSET


class ImagingChange(_Change, frozen=True, kw_only=True, tag="imaging_study"):
    record: ImagingView | UnsetType = UNSET


class OrderChange(_Change, frozen=True, kw_only=True, tag="service_request"):
    record: OrderView | UnsetType = UNSET


class StatementChange(_Change, frozen=True, kw_only=True, tag="medication_statement"):
    record: StatementView | UnsetType = UNSET


AnyChange = (
    ResultChange
    | ObservationChange
    | AppointmentChange
    | MedicineChange
    | DocumentChange
    | VisitChange
    | ConditionChange
    | AllergyChange
    | ImmunisationChange
    | ProcedureChange
    | ImagingChange
    | OrderChange
    | StatementChange
)


class ChangePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[AnyChange]
    next_cursor: str
    """Show it as `since` the next time, also when nothing was new."""
    more: bool
    """Whether to go on at once."""
