"""Tables of staff, of their sessions, and of reports of wrong numbers."""

from piccolo.columns import UUID, BigInt, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import ContactPoint, Facility
from backend.core.database import DB, TimeOrderedId


class Staff(Table, db=DB):
    id = UUID(primary_key=True, default=TimeOrderedId())
    name = Varchar(length=60, unique=True)
    password_hash = Text()
    """Argon2id."""
    totp_secret = Bytea()
    """Sealed."""
    totp_step = BigInt(default=0)
    """The last 30-second step used: a code works once."""
    role = Varchar(length=15, default="agent")
    facility = ForeignKey(Facility, null=True, default=None)
    hour_begun_at = Timestamptz(null=True, default=None)
    """Since when `requests` and `openings` are counted."""
    requests = Integer(default=0)
    openings = Integer(default=0)
    disabled_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class StaffPlace(Table, tablename="staff_place", db=DB):
    """The tries of one name at one place; a name that nobody has shares its rows with others."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    about = Varchar(length=36)
    """The id of a member of staff, or one of the few buckets for all other names."""
    network = Varchar(length=45)
    """A client's network, or `elsewhere`: all places where this name never signed in, together.
    Empty for those on top of `MOST_PLACES`."""
    failures = Integer(default=0)
    begun_at = Timestamptz(default=TimestamptzNow())
    """When these failures began."""
    locked_until = Timestamptz(null=True, default=None)
    known_at = Timestamptz(null=True, default=None)
    """When they last signed in here."""
    staff_place_once = Unique([about, network])


class StaffSession(Table, tablename="staff_session", db=DB):
    id = UUID(primary_key=True, default=TimeOrderedId())
    staff = ForeignKey(Staff, index=True)
    token_hash = Bytea(unique=True)
    created_at = Timestamptz(default=TimestamptzNow())
    used_at = Timestamptz(default=TimestamptzNow())
    ended_at = Timestamptz(null=True, default=None)


class DeskNumber(Table, tablename="desk_number", db=DB):
    """A paper that staff saw for a number, until a code, a colleague or a refusal settles it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    contact = ForeignKey(
        ContactPoint, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action,
        index=True,
    )  # fmt: skip
    staff = UUID()
    proof = Varchar(length=20)
    created_at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)
    done_by = UUID(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)


class NumberReport(Table, tablename="number_report", db=DB):
    """A report of staff that a number is not the patient's, with its earlier state for an undo."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    contact = ForeignKey(ContactPoint, index=True)
    staff = ForeignKey(Staff)
    confirmed_before = Timestamptz(null=True, default=None)
    wrong_before = Timestamptz(null=True, default=None)
    """A provider may have said so first."""
    created_at = Timestamptz(default=TimestamptzNow())
    undone_at = Timestamptz(null=True, default=None)
