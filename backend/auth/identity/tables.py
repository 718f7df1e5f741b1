"""The table of what a facility's systems of numbers mean."""

from piccolo.columns import UUID, Boolean, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility
from backend.core.database import DB, TimeOrderedId


class FacilityNumbers(Table, tablename="facility_numbers", db=DB):
    """What the numbers of one system are, at one facility: declared by an operator."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    system = Text()
    """As in `identifier.system`."""
    meaning = Varchar(length=12)
    """One of `numbering.NumberMeaning`."""
    main = Boolean(default=False)
    """A `hospitalNumber` without a system is of this one."""
    created_at = Timestamptz(default=TimestamptzNow())
    facility_numbers_once = Unique([facility, system])
