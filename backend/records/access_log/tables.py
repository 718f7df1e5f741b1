"""The table of disputes about entries of the access log."""

from piccolo.columns import UUID, Bytea, ForeignKey, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.auth.tables import Patient
from backend.core.database import DB, TimeOrderedId


class AccessDispute(Table, tablename="access_dispute", db=DB):
    """A disputed entry of the access log. Its desk task says how the dispute ended."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    line = UUID()
    """The audit row. Of one line, one dispute at a time."""
    words = Bytea(null=True, default=None)
    """What the patient says about it, sealed."""
    created_at = Timestamptz(default=TimestamptzNow())
    withdrawn_at = Timestamptz(null=True, default=None)
