"""Names the tables that have a partition for each month; says how long one is kept, and is gone."""

from typing import Final

from piccolo.columns import UUID, BigInt, Bytea, Integer, Timestamptz, Varchar
from piccolo.table import Table

from backend.core.database import DB, TimeOrderedId

MONTHLY: Final = ("attempt", "audit_event", "delivery_event", "received_event")
"""Each is partitioned by its `id`, a UUIDv7: the month is in its first 48 bits."""


class Retention(Table, tablename="retention", db=DB):
    """How long the months of a table are kept. `hub migrate` writes it; no process may."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    table_name = Varchar(length=30, unique=True)
    months = Integer(default=0)
    """Whole months behind the month itself; 0 for ever."""


class DroppedMonth(Table, tablename="dropped_month", db=DB):
    """A month of rows that is no more. One row is added with each, and none is ever changed."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    table_name = Varchar(length=30)
    month = Timestamptz()
    """Its first moment."""
    rows_estimated = BigInt(default=0)
    """As PostgreSQL counted them last."""
    first_place = BigInt(null=True, default=None)
    first_chain = Bytea(null=True, default=None)
    last_place = BigInt(null=True, default=None)
    """Of a month of the audit log: the chain begins behind this place."""
    last_chain = Bytea(null=True, default=None)
    entry = UUID()
    """The row of the audit log that says so; it has a digest of all of this."""
