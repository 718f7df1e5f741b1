"""The table of received messages, as hospitals sent them."""

from piccolo.columns import UUID, Array, Boolean, Bytea, ForeignKey, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility
from backend.core.database import DB, TimeOrderedId


class ReceivedEvent(Table, tablename="received_event", db=DB):
    """One sealed message of a hospital system, and its outcome."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility)
    dialect = Varchar(length=10)
    """fhir or hub."""
    sender_id = Bytea(null=True, default=None)
    """The sender's own id for it, sealed."""
    content_hash = Bytea()
    """Keyed, of what it says."""
    raw = Bytea()  # type: ignore[assignment]  # hides Table.raw, which nobody calls on this table
    """Sealed."""
    posted = Boolean(default=False)
    """It is one resource, and was POSTed: its id names nothing."""
    received_at = Timestamptz(default=TimestamptzNow())
    outcome = Varchar(length=12, default="applied")
    """applied, unchanged, quarantined, refused or unreadable."""
    reason = Varchar(length=60, default="")
    waits_for = Array(base_column=Bytea(), default=list)
    """Of a quarantined one: keyed hashes of the numbers it is about. What comes later about one of
    them that has no chart yet waits with it."""
    backfilled = Array(base_column=Varchar(length=30), default=list)
    """The kinds of what it would have told, had it not happened too long ago."""
    answer = Bytea(null=True, default=None)
    """What the sender was told, sealed, to tell it again on a replay."""


class KnownSenderId(Table, tablename="known_sender_id", db=DB):
    """The sender's own id of a message: whichever its month is, a second message is a replay."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    """The message's own, of `received_event`."""
    facility = UUID()
    dialect = Varchar(length=10)
    sender_hash = Varchar(length=32)
    """A keyed hash of the sender's own id."""
    known_sender_id_once = Unique([facility, dialect, sender_hash])
