"""What a sender's record says, in the hub's words: what every dialect of intake ends in."""

from dataclasses import dataclass
from datetime import datetime

from backend.records.rules import DoseRule
from backend.records.views import MeasuredView


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What every kind of record brings along."""

    path: str
    """Where it stands in the message: for telling the sender what is wrong."""
    key: str
    local_id: str
    version: str = ""
    updated: datetime | None = None
    content_hash: bytes
    status: str
    happened_at: datetime | None
    """When it happened, as the sender says; without it, the moment it came in."""
    restriction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A reference from one record to another of the same facility."""

    path: str
    kind: str
    key: str = ""
    local_id: str = ""
    """One of both: what the reference says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationContent(Content):
    code: str
    measured: MeasuredView
    measured_at: str | None
    note: str | None
    components: tuple[MeasuredView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent(Content):
    test_name: str
    issued_at: str | None
    conclusion: str | None
    observations: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentContent(Content):
    starts_at: datetime | None
    ends_at: datetime | None
    what: str | None
    where: str | None
    instructions: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineContent(Content):
    name: str
    dosage: str | None
    instructions: str | None
    prescribed_at: str | None
    dose_rule: DoseRule | None
