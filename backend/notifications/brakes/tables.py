"""Tables of the brakes on texts: what was booked, which numbers were reached, which texts wait."""

from piccolo.columns import UUID, Boolean, Bytea, SmallInt, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.core.database import DB, TimeOrderedId


class BookedText(Table, tablename="booked_text", db=DB):
    """One text that may leave, counted before it is claimed. Its id is the delivery's."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = UUID()
    """Whose budget it is: the sender of a record's notice, else who stated the number."""
    contact = UUID()
    number_hash = Bytea()
    origin = Varchar(length=8)
    """code, facility or hub."""
    bound = Boolean(default=False)
    """The person had shown that the number is theirs: it counts for this chart only."""
    booked_at = Timestamptz()
    counted = Boolean(default=True)
    """False for what will not be sent anyway: it was read in the app, or is over."""
    leaves = Boolean(default=True)
    """False while the cap over all facilities holds it back: for its own facility it counts as if
    it had left, so that nothing which others sent shows in what the facility is told."""


class ReachedNumber(Table, tablename="reached_number", db=DB):
    """A number that a facility has texted: its next text is no first one."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = UUID()
    number_hash = Bytea(index=True)
    prefix_hash = Bytea()
    """Of the first seven digits."""
    reached_at = Timestamptz()
    counted = Boolean(default=True)
    """False where support let it go, or its owner had shown that it is theirs."""
    reached_number_once = Unique([facility, number_hash])


class WaitingText(Table, tablename="waiting_text", db=DB):
    """A first text that waits for room in its facility's budget. Its id is the delivery's."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = UUID()
    contact = UUID()
    number_hash = Bytea(index=True)
    prefix_hash = Bytea()
    brake = Varchar(length=20)
    """What it waits for: `first_texts_spent` or `prefix_burst`."""
    lane = SmallInt()
    waits_since = Timestamptz()
