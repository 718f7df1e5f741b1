"""Tables of lost phones, and of the charts that nothing weak opens for a day after one."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.auth.tables import Facility, Patient
from backend.core.database import DB, TimeOrderedId


class LostPhone(Table, tablename="lost_phone", db=DB):
    """A desk saw a paper and heard that a phone is in other hands."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    chart = ForeignKey(
        Patient, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """The one that was named at the desk."""
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    staff = UUID()
    """Who did it."""
    proof = Varchar(length=20)
    """What the staff looked at (`activation_slips.Paper`)."""
    made_at = Timestamptz(default=TimestamptzNow())
    lifted_at = Timestamptz(null=True, default=None)
    lifted_by = UUID(null=True, default=None)
    """A member of the hub's own support."""


class ChartHold(Table, tablename="chart_hold", db=DB):
    """A chart that no code, approval, binding or rise opens for a while (`lost_phone`)."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    lost_phone = ForeignKey(
        LostPhone, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    chart = ForeignKey(
        Patient, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    until = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    """When support lifted it, before its time."""
