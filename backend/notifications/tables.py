"""Tables of notifications, deliveries, attempts and events of a delivery."""

from piccolo.columns import (
    UUID,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import ContactPoint, Device, Facility, Patient
from backend.core.database import DB, TimeOrderedId


class Notification(Table, db=DB):
    """One notice to a patient, for any number of phones."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient)
    facility = ForeignKey(Facility)
    kind = Varchar(length=30)
    subject = UUID()
    """What it is about. Not a foreign key: this package does not know records."""
    subject_version = Varchar(length=40, default="")
    """Which state of the subject is told: a correction is another thing to tell."""
    urgency = Varchar(length=10)
    lane = SmallInt()
    ticket = Varchar(length=8, default="")
    """Of a called queue: the number on the patient's slip."""
    counter = Varchar(length=8, default="")
    starts_at = Timestamptz(null=True, default=None)
    """Of an appointment."""
    received_event = UUID(null=True, default=None)
    """The hospital's event it comes from. Not a foreign key: intake is above this package."""
    sender_id = Bytea(null=True, default=None)
    """The facility's own id of the message it came with, sealed for the row `received_event`."""
    accepted_at = Timestamptz(default=TimestamptzNow())
    """When the hospital's request came in."""
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    """After this it helps nobody."""
    read_at = Timestamptz(null=True, default=None)
    grouped_into = UUID(null=True, default=None)
    """The notification whose message already speaks for this one."""
    kept_back = Boolean(default=False)
    """A clinician keeps back what it is about: no message leaves that tells of nothing else."""
    not_told = Varchar(length=20, default="")
    """Why its facility sees it as not told (`told.NotTold`); decided when it is planned."""
    resent_at = Timestamptz(null=True, default=None)
    """When staff asked last to tell it once more."""
    held = SmallInt(default=0)
    """As in a record: of the time before its chart got another citizen id."""
    notification_once = Unique([patient, kind, subject, subject_version])


class DeferredNotice(Table, db=DB):
    """A notice that waits for its order, for the release of its record, or for a time limit."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient)
    facility = ForeignKey(Facility)
    kind = Varchar(length=30)
    subject = UUID()
    subject_version = Varchar(length=40, default="")
    happened_at = Timestamptz()
    accepted_at = Timestamptz()
    received_event = UUID(null=True, default=None)
    sender_id = Bytea(null=True, default=None)
    due_at = Timestamptz()
    until_released = Boolean(default=False)
    """Its subject cannot be seen yet: it is told when it can, and not before `due_at`."""
    deferred_notice_once = Unique([subject])


class Delivery(Table, db=DB):
    """One notification to one address: sent, retried and counted alone. The row is the job."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    notification = ForeignKey(Notification, index=True)
    patient = ForeignKey(Patient, index=True)
    channel = Varchar(length=4)
    contact = ForeignKey(ContactPoint, null=True, default=None)
    device = ForeignKey(Device, null=True, default=None)
    status = Varchar(length=20, default="planned")
    lane = SmallInt()
    due_at = Timestamptz()
    lease_until = Timestamptz(null=True, default=None)
    attempts = Integer(default=0)
    reference = Varchar(length=5, default="", index=True)
    """Ends every text: staff search by it, and reconciling finds the text by it."""
    provider_id = Varchar(length=200, default="", index=True)
    rank = SmallInt(default=0)
    """The highest receipt so far (`sender.ReceiptRank`)."""
    reason = Varchar(length=60, default="")
    """Why it is where it is: a code of ours or of the provider."""
    created_at = Timestamptz(default=TimestamptzNow())
    sent_at = Timestamptz(null=True, default=None)
    delivered_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    empty_listings = SmallInt(default=0)
    """In doubt: how often the provider's list did not have it."""
    next_listing_at = Timestamptz(null=True, default=None)
    verify_before_retry = Boolean(default=False)
    """A repeat is allowed, after one more look right before it."""
    expires_at = Timestamptz(null=True, default=None)
    """As in its notification, whose it is for good: so what is over is found by an index."""
    facility = UUID(null=True, default=None)
    """As in its notification. Both are empty in what had ended before they were kept."""


class Attempt(Table, db=DB):
    """One call to a provider, written down before it is made."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    delivery = ForeignKey(Delivery, index=True)
    number = Integer(default=1)
    """1 for the first call. Only the newest one may move the delivery, unless it was accepted."""
    worker = Varchar(length=40)
    claimed_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    outcome = Varchar(length=10, default="")
    """accepted, refused, try_later, in_doubt, not_sent; empty while nothing is known."""
    provider_id = Varchar(length=200, default="")
    code = Varchar(length=60, default="")


class DeliveryEvent(Table, tablename="delivery_event", db=DB):
    """One step of a delivery. Late receipts are steps too."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    delivery = ForeignKey(Delivery, index=True)
    at = Timestamptz(default=TimestamptzNow())
    status = Varchar(length=20)
    source = Varchar(length=12)
    """planning, worker, receipt, listing, app or staff."""
    code = Varchar(length=60, default="")
