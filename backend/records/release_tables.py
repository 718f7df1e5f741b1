"""What a facility wants to be seen when."""

from piccolo.columns import UUID, ForeignKey, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility
from backend.database import DB, TimeOrderedId


class ReleasePolicy(Table, tablename="release_policy", db=DB):
    """A facility's policy for one class of its records. Without a row, it is shown at once."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    record_class = Varchar(length=80)
    """As in `release_rules.Policies`."""
    release = Varchar(length=10)
    """As `release_rules.parse_policy` reads it."""
    release_policy_once = Unique([facility, record_class])
