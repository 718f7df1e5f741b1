"""Who there is: patients and how they are found and reached, facilities, sessions, grants."""

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.database import DB, TimeOrderedId


class Facility(Table, db=DB):
    """A hospital or clinic that sends to the hub."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    code = Varchar(length=13, unique=True)
    """MA_CSKCB (5 characters) or GLN (13)."""
    name = Text()
    short_name = Varchar(length=20)
    """What a text begins with: unaccented GSM-7, at most 20 characters, so the budget holds."""
    hotline = Varchar(length=15, default="")
    created_at = Timestamptz(default=TimestamptzNow())


class FacilityKey(Table, tablename="facility_key", db=DB):
    """What a hospital system shows at the door. Only its hash is kept."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility, index=True)
    hash = Bytea(unique=True)
    label = Varchar(length=60, default="")
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Patient(Table, db=DB):
    """A person. Name and birth date are sealed."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    name = Bytea()
    birth_date = Bytea(null=True, default=None)
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex = Varchar(length=8, default="unknown")
    """FHIR administrative gender."""
    language = Varchar(length=8, default="vi")
    deceased_at = Timestamptz(null=True, default=None)
    registered_at = Timestamptz(default=TimestamptzNow())


class PatientLookup(Table, tablename="patient_lookup", db=DB):
    """What a person is found by: keyed hashes, one row per live key."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    kind = Varchar(length=20)
    """citizen-id, hospital-number or phone."""
    key_id = Varchar(length=20)
    hash = Bytea(index=True)
    patient = ForeignKey(Patient, index=True)
    patient_lookup_once = Unique([kind, hash, patient])  # noqa: A003  # the column is a hash


class PatientIdentifier(Table, tablename="patient_identifier", db=DB):
    """A number a person had or has somewhere. The value is sealed; nothing is deleted."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    facility = ForeignKey(Facility, null=True, default=None)
    """Who said so: a record filed under this row came from there, so a link can be undone."""
    system = Text()
    value = Bytea()
    active = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ContactPoint(Table, tablename="contact_point", db=DB):
    """A phone number, as one person's. Confirmation belongs to the pair person + number."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    number = Bytea()
    """E.164, sealed."""
    number_hash = Bytea(index=True)
    """Under the current key: to see the same number again without opening the seal."""
    kind = Varchar(length=10, default="own")
    """own or relative."""
    confirmed_at = Timestamptz(null=True, default=None)
    proposed_by = ForeignKey(Facility, null=True, default=None)
    wrong_since = Timestamptz(null=True, default=None)
    """A provider or a person said this number does not reach them."""
    created_at = Timestamptz(default=TimestamptzNow())


class Device(Table, db=DB):
    """A smartphone somebody signed in on. A push token belongs to one patient at a time."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    platform = Varchar(length=10)
    model = Varchar(length=60, default="")
    name = Varchar(length=60, default="")
    push_token = Bytea(null=True, default=None)
    """Sealed."""
    push_token_hash = Bytea(null=True, default=None, unique=True)
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())


class Session(Table, db=DB):
    """One signed-in app. Checked inside the gate at every reading."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    device = ForeignKey(Device)
    level = Varchar(length=12)
    """otp-limited, otp, desk or vneid."""
    created_at = Timestamptz(default=TimestamptzNow())
    used_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    """Absolute end."""
    ended_at = Timestamptz(null=True, default=None)
    ended_why = Varchar(length=20, default="")
    refresh_hash = Bytea(unique=True)
    """SHA-256 of the one refresh token that is good now."""
    refresh_generation = Integer(default=0)


class SignInChallenge(Table, tablename="sign_in_challenge", db=DB):
    """A request for a code: the same row whether or not the person exists."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    account_hash = Bytea(index=True)
    """Keyed hash of the citizen id that was typed: a newer request kills the older ones."""
    account_hint = Varchar(length=3)
    """Its last three digits: a text names the account by them, as one phone may serve a family."""
    patient = ForeignKey(Patient, null=True, default=None)
    contact = ForeignKey(ContactPoint, null=True, default=None)
    code_hash = Bytea(null=True, default=None)
    """Keyed hash, written by the worker before it sends; the plain code exists only there."""
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    told_at = Timestamptz(null=True, default=None)
    """When the worker took it up."""
    used_at = Timestamptz(null=True, default=None)


class CaregiverGrant(Table, tablename="caregiver_grant", db=DB):
    """Somebody may read another's record, for a time and to an extent."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    caregiver = ForeignKey(Patient, index=True)
    scope = Varchar(length=8)
    """summary or full."""
    begins_at = Timestamptz(default=TimestamptzNow())
    ends_at = Timestamptz(null=True, default=None)
