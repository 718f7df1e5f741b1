"""Tables of release policies and of merged patients."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility, Patient
from backend.core.database import DB, TimeOrderedId


class ReleasePolicy(Table, tablename="release_policy", db=DB):
    """A facility's policy for one class of its records. Without a row, they are shown at once."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    record_class = Varchar(length=80)
    """As in `release_rules.Policies`."""
    release = Varchar(length=10)
    """As `release_rules.parse_policy` reads it."""
    release_policy_once = Unique([facility, record_class])


class PatientMerge(Table, tablename="patient_merge", db=DB):
    """A facility's present statement that one of its patients is another one."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    patient = ForeignKey(
        Patient, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Who was merged: the one whose numbers and records moved."""
    into_patient = ForeignKey(
        Patient, null=True, default=None, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Who that is; empty once the merge was taken back."""
    said_at = Timestamptz(null=True, default=None)
    """The sender's meta.lastUpdated: what it said before that is old news."""
    changed_at = Timestamptz(default=TimestamptzNow())
    patient_merge_once = Unique([facility, patient])
