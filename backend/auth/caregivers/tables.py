"""Tables of grants and of invitations to become a caregiver."""

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.auth.tables import Patient, Session
from backend.core.database import DB, TimeOrderedId


class CaregiverGrant(Table, tablename="caregiver_grant", db=DB):
    """The right to read one chart for whoever reaches another one by a proof of their own."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    caregiver = ForeignKey(Patient, index=True)
    scope = Varchar(length=8)
    """summary or full."""
    begins_at = Timestamptz(default=TimestamptzNow())
    ends_at = Timestamptz(null=True, default=None)
    kind = Varchar(length=20, default="chosen")
    """What makes the caregiver a representative (`representatives.RepresentativeKind`)."""
    evidence = Varchar(length=200, default="")
    """The paper the desk looked at, never its content."""
    act = UUID(default=TimeOrderedId())
    """What made it: all grants of one act are between the charts of the same two people."""
    made_by = UUID(null=True, default=None)
    """A member of staff, where the desk made it."""
    review_at = Timestamptz(null=True, default=None)
    """From then on it opens nothing until looked at again (`representatives.ReviewAge`)."""
    review_age = Integer(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    ended_at = Timestamptz(null=True, default=None)
    ended_by = Varchar(length=10, default="")
    """patient, caregiver or desk; age: the patient turned 18; identity: who the chart is about
    changed, or its owner said that it is not theirs."""


class CaregiverInvitation(Table, tablename="caregiver_invitation", db=DB):
    """An invitation to become a caregiver: its code is typed in on the other phone, once."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    session = ForeignKey(
        Session, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """The one that made it: it opens what that still reaches."""
    scope = Varchar(length=8)
    kind = Varchar(length=20)
    grant_ends_at = Timestamptz(null=True, default=None)
    handle = Varchar(length=8, unique=True)
    secret_hash = Bytea()
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class InvitedChart(Table, tablename="invited_chart", db=DB):
    """A chart that an invitation is about."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    invitation = ForeignKey(
        CaregiverInvitation, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    chart = ForeignKey(
        Patient, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    revoked_at = Timestamptz(null=True, default=None)
