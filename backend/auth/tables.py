"""Tables of auth: patients with their identifiers and phones, facilities, sessions, devices."""

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Interval,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.core.database import DB, TimeOrderedId


class Facility(Table, db=DB):
    """A hospital or clinic that sends to the hub."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    code = Varchar(length=13, unique=True)
    """MA_CSKCB (5 characters) or GLN (13)."""
    name = Text()
    short_name = Varchar(length=20)
    """What a text begins with: unaccented GSM-7, at most 20 characters, so the budget holds."""
    hotline = Varchar(length=15, default="")
    late_after = Interval(null=True, default=None)
    """So long it is silent at most when all is well; None where nobody watches it."""
    suspended_at = Timestamptz(null=True, default=None)
    """Since when its keys and staff open nothing and its deliveries are held."""
    let_go_at = Timestamptz(null=True, default=None)
    """First texts that waited then leave, whatever its budget."""
    first_texts_per_hour = Integer(null=True, default=None)
    """A budget of its own; None for the hub's."""
    discreet = Boolean(default=False)
    """Its name is a diagnosis: only its own slip opens its charts, and a neutral sender speaks."""
    base_url = Text(default="")
    """The base address of its own FHIR server: references below it are to its own records."""
    stable_ids = Boolean(default=False)
    """The ids that it POSTs, or sends in messages, hold in its other messages too."""
    created_at = Timestamptz(default=TimestamptzNow())


class FacilityKey(Table, tablename="facility_key", db=DB):
    """A secret that a hospital's system sends with each request. Only its hash is stored."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility, index=True)
    hash = Bytea(unique=True)
    label = Varchar(length=60, default="")
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    scopes = Text(default="")
    """What it opens, joined by spaces (`facilities.rules.KeyScope`)."""
    networks = Text(default="")
    """Where it may be shown from, as CIDR blocks joined by spaces; empty for anywhere."""


class Patient(Table, db=DB):
    """A chart: one facility's word about a person. Name and birth date are sealed."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(
        Facility, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Whose chart it is: nobody else says anything about it."""
    active = Boolean(default=True)
    """False while its facility says so: no texts and no codes; reading goes on."""
    name = Bytea()
    birth_date = Bytea(null=True, default=None)
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex = Varchar(length=8, default="unknown")
    """FHIR administrative gender."""
    language = Varchar(length=8, default="vi")
    deceased_at = Timestamptz(null=True, default=None)
    held_since = Timestamptz(null=True, default=None)
    """When a key gave it another citizen id; None once its desk has confirmed what it held."""
    content_hash = Bytea(null=True, default=None)
    """A keyed hash of the Patient that was sent last: its tag for `If-Match`."""
    registered_at = Timestamptz(default=TimestamptzNow())


class PatientLookup(Table, tablename="patient_lookup", db=DB):
    """Keyed hashes by which the hub finds a person, one row per live key."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    kind = Varchar(length=20)
    """citizen-id, chart-number, hospital-number or phone."""
    key_id = Varchar(length=20)
    hash = Bytea(index=True)
    patient = ForeignKey(Patient, index=True)
    patient_lookup_once = Unique([kind, hash, patient])  # noqa: A003  # the column is a hash


class PatientIdentifier(Table, tablename="patient_identifier", db=DB):
    """A number that a person has or had somewhere. The value is sealed; nothing is deleted."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    facility = ForeignKey(Facility, null=True, default=None)
    """Who said so: a record filed under this row came from there, so a link can be undone."""
    system = Text()
    value = Bytea()
    active = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())
    home = ForeignKey(
        Patient, null=True, default=None, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Who has it by right, while a merge has it with another patient: an unmerge gives it back."""


class ContactPoint(Table, tablename="contact_point", db=DB):
    """A phone number of one chart: stated by its facility, or bound to it by its person."""

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
    confirmed_by = Varchar(length=10, default="")
    """facility, desk or patient: who said that this person has this number."""
    usable_from = Timestamptz(null=True, default=None)
    """A confirmed change waits until then; the number before it stays in use."""
    proved_at = Timestamptz(null=True, default=None)
    """When somebody last showed a code that went there."""
    declined_at = Timestamptz(null=True, default=None)
    """The patient or the desk (`declined_by`) said no to it."""
    declined_by = Varchar(length=10, default="")
    replaced_at = Timestamptz(null=True, default=None)
    """When another number takes its place: in use until then."""
    stated_since = Timestamptz(null=True, default=None)
    """Since when its facility states it, with no gap of more than 180 days."""
    stated_until = Timestamptz(null=True, default=None)
    """When the facility stated another one last, or the person typed another one instead; None
    while this is the one stated last."""
    needs_desk = Boolean(default=False)
    """Its facility states it for another person, too: no code goes there before a desk has seen a
    paper."""
    not_theirs_since = Timestamptz(null=True, default=None)
    """Somebody who answers there said that the chart is not theirs."""
    home = ForeignKey(
        Patient, null=True, default=None, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Of whom it was stated, while a merge has it with another chart."""
    created_at = Timestamptz(default=TimestamptzNow())


class Device(Table, db=DB):
    """A smartphone of a sign-in. Its sealed push token serves all sessions on it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    platform = Varchar(length=10)
    details = Bytea(null=True, default=None)
    """Model and name, sealed (`devices.DeviceDetails`): people give phones their own names."""
    push_token = Bytea(null=True, default=None)
    push_token_hash = Bytea(null=True, default=None, index=True)
    key_thumbprint = Varchar(length=43, default="")
    """RFC 7638 thumbprint of the key this phone proves itself with; empty without DPoP."""
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())


class Session(Table, db=DB):
    """One signed-in app. The gate checks it at every read."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    device = ForeignKey(Device)
    created_at = Timestamptz(default=TimestamptzNow())
    used_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    """Absolute end."""
    ended_at = Timestamptz(null=True, default=None)
    ended_why = Varchar(length=20, default="")
    refresh_hash = Bytea(unique=True)
    """SHA-256 of the one refresh token that is good now."""
    refresh_generation = Integer(default=0)
    key_thumbprint = Varchar(length=43, default="")
    """RFC 7638 thumbprint of the DPoP key it is bound to; empty for a bearer session."""
    rotated_at = Timestamptz(null=True, default=None)
    """When the present refresh token took the place of the one before it."""
    approval_tries = Integer(default=0)
    """Numbers typed on another phone that was asked to approve this one."""
    approval_asked_at = Timestamptz(null=True, default=None)


class ActivationSlip(Table, tablename="activation_slip", db=DB):
    """A slip printed at the counter: opens one session, once."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = ForeignKey(Patient, index=True)
    facility = ForeignKey(Facility, null=True, default=None)
    handle = Varchar(length=8, unique=True)
    """The first part of its code: finds the slip, so that tries can be counted."""
    secret_hash = Bytea()
    """Keyed hash of the rest."""
    proof = Varchar(length=20)
    """What the staff looked at: card, birth_certificate, passport, other."""
    made_by = UUID()
    """A member of staff."""
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    confirmed_by = UUID(null=True, default=None)
    """A colleague of the one who made it: what it opens is `desk` from then on."""
    confirmed_at = Timestamptz(null=True, default=None)
    objected_at = Timestamptz(null=True, default=None)
    """Somebody said that it was not theirs: 24 hours alone make nothing of it."""


class SessionChart(Table, tablename="session_chart", db=DB):
    """A chart that a session reaches or has reached, and by which proof."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    session = ForeignKey(
        Session, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    chart = ForeignKey(
        Patient, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    level = Varchar(length=12)
    """otp-limited, otp, desk or vneid: of this chart alone. `found`: it is not reached yet."""
    proof = Varchar(length=10)
    """code, slip, vneid or approval."""
    contact = ForeignKey(
        ContactPoint, null=True, default=None, on_delete=OnDelete.no_action,
        on_update=OnUpdate.no_action,
    )  # fmt: skip
    """The number whose code opened it, or by which it was found."""
    slip = ForeignKey(
        ActivationSlip, null=True, default=None, on_delete=OnDelete.no_action,
        on_update=OnUpdate.no_action,
    )  # fmt: skip
    """The slip that opened it, and may still raise it to `desk`."""
    found_by = Array(base_column=Bytea(), default=list)
    """Of a found chart: the keyed hashes of the id it was found by, under every live key."""
    yes_takes_code = Boolean(default=False)
    """Of a found chart: no code to the number that it is found by was shown in this session."""
    yes_at = Timestamptz(null=True, default=None)
    """When the person said yes to a found chart, and a code is awaited."""
    never_restricted = Boolean(default=False)
    """It rose by waiting alone, so no code opens its restricted records."""
    tell_again_at = Timestamptz(null=True, default=None)
    """When those who had it before are told once more of a new device."""
    reached_at = Timestamptz(default=TimestamptzNow())
    raised_at = Timestamptz(null=True, default=None)
    """When it rose above `otp-limited`; None where it began above, or has not risen."""
    stepped_up_until = Timestamptz(null=True, default=None)
    """So long its restricted records are open too."""
    ended_at = Timestamptz(null=True, default=None)
    ended_why = Varchar(length=20, default="")


class DeskTask(Table, tablename="desk_task", db=DB):
    """A question that only a person at a desk can settle."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    kind = Varchar(length=30)
    """One of `desk_tasks.DeskTaskKind`."""
    patient = ForeignKey(Patient, null=True, default=None, index=True)
    facility = ForeignKey(Facility, null=True, default=None)
    subject = UUID(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)
    done_by = UUID(null=True, default=None)
    """A member of staff."""
    outcome = Varchar(length=20, default="")


class UsedProof(Table, tablename="used_proof", db=DB):
    """DPoP proofs of writes that were used, independent of Redis."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    hash = Bytea(unique=True)
    expires_at = Timestamptz(index=True)
