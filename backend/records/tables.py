"""Tables of a patient's record, one for each kind; each row holds the JSON that patients read."""

from typing import Any

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility, Patient, PatientIdentifier
from backend.core.database import DB, TimeOrderedId


def needed(table: type[Table], *, primary_key: bool = False) -> ForeignKey[Any]:
    """Refer to a row that must be there, and stays while something refers to it."""
    return ForeignKey(
        table, primary_key=primary_key, null=False,
        on_delete=OnDelete.no_action, on_update=OnUpdate.no_action,
    )  # fmt: skip


class PatientChange(Table, tablename="patient_change", db=DB):
    """The patient's lock and change number. A writing transaction takes it first."""

    patient = ForeignKey(Patient, primary_key=True, null=False)
    n = BigInt(default=0)
    epoch = Integer(default=0)
    forgotten_n = BigInt(default=0)
    """Up to this change, tombstones may have been forgotten."""


class Tombstone(Table, db=DB):
    """A record that was visible and no longer is. Triggers of the record tables write it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = needed(Patient)
    kind = Varchar(length=20)
    """The table it was in."""
    record = UUID()
    restricted = Boolean()
    """Whom it is gone for: those to whom restricted records are open, or those to whom not."""
    change_n = BigInt()
    tombstone_once = Unique(["record", "restricted"])


class RecordRow:
    """The columns of every kind of record."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility)
    key = Text()
    """Its first name, hashed like every name below (`name_hashes`): other rows mean it by this."""
    local_id = Varchar(length=64, default="")
    names = Array(base_column=Text(), default=list)
    identifiers = Array(base_column=Text(), default=list)
    has_id = Boolean(default=False)
    """All that it is found by, its own identifiers, and whether it was PUT: `record_names`."""
    version = Text(default="")
    """The sender's versionId."""
    updated = Timestamptz(null=True, default=None)
    """The sender's meta.lastUpdated."""
    content_hash = Bytea()
    patient = ForeignKey(Patient)
    """Who owns it now."""
    filed_under = ForeignKey(PatientIdentifier, null=True, default=None)
    """The identifier it came with. It never changes, so a merge can be undone."""
    happened_at = Timestamptz()
    happened_until = Timestamptz(null=True, default=None)
    """The end of a month or a year, where the sender says no more: it happened before that."""
    visible_from = Timestamptz(null=True, default=None)
    """Since when its owner may see it; nothing while it is not released."""
    release_at = Timestamptz(null=True, default=None)
    """When it becomes visible by itself; nothing for what is visible, or waits for a human."""
    kept_back = Boolean(default=False)
    """A clinician keeps it from being seen until they release it, whatever the policy says."""
    finished_at = Timestamptz(null=True, default=None)
    """Since when it says all it will say, by its sender's clock; nothing while it does not."""
    hidden = Boolean(default=False)
    """Entered in error, or taken back."""
    held = SmallInt(default=0)
    """Why it waits for the facility's desk (`lifecycle.held`); 0 when it does not."""
    restriction = Varchar(length=20, default="")
    change_n = BigInt()
    received_event = UUID()
    status = Varchar(length=20)
    """In FHIR's words."""
    body = Text()
    """JSON as the patient's app gets it, written once at intake."""
    coded = Text(default="")
    """What the sender coded (`coded.Coded`), for the summary; empty on rows from before."""
    readable = Boolean(default=True)
    """Whether the body has the form that readers are promised. A trigger says so."""


class Result(RecordRow, Table, db=DB):
    """A DiagnosticReport with its observations inside the document."""

    observation_keys = Array(base_column=Text(), default=list)
    parts = Array(base_column=Text(), default=list)
    """The measurements that its sender names, in its order: keys or local ids. Empty on rows from
    before: those show what `observation_keys` says."""
    missing = Array(base_column=Text(), default=list)
    """Of these, and of the members of panels among them, those that have not come."""
    header = Text()
    """The document as a list shows it."""
    orders = Array(base_column=Text(), default=list)
    """What it was ordered by: keys of orders, or `ServiceRequest/<local_id>`."""
    result_once = Unique(["facility", "key"])


class Observation(RecordRow, Table, db=DB):
    """One measurement."""

    code = Text(default="")
    """`system|code`, for trends."""
    orders = Array(base_column=Text(), default=list)
    """What it was ordered by, as in a result."""
    members = Array(base_column=Text(), default=list)
    """Of a panel: the measurements that it consists of, as in `Result.parts`."""
    reported = Boolean(default=False)
    """A report shows it: in a timeline it does not stand beside that."""
    observation_once = Unique(["facility", "key"])


class Appointment(RecordRow, Table, db=DB):
    starts_at = Timestamptz(index=True)
    sequence = Integer(default=0)
    """How often it was changed: what calendars call SEQUENCE."""
    taken_back_at = Timestamptz(null=True, default=None)
    """When one that was shown turned out to be an error: calendars are told for a while."""
    appointment_once = Unique(["facility", "key"])


class Medicine(RecordRow, Table, db=DB):
    """A MedicationRequest."""

    starts_at = Timestamptz(null=True, default=None)
    """From when it is in the place of the one that it replaces."""
    force = Varchar(length=10, default="order")
    """`wording.order_force.OrderForce`: of what is no order, nothing is taken."""
    replaces_key = Text(default="")
    replaces_local_id = Text(default="")
    """What it replaces, as it says so: one of both, or neither. That one may come later."""
    replaced_by = UUID(null=True, default=None)
    replaced_from = Timestamptz(null=True, default=None)
    """From then on it has no doses, whatever its own status says."""
    medicine_once = Unique(["facility", "key"])


class Visit(RecordRow, Table, db=DB):
    """An Encounter."""

    visit_class = Varchar(length=20, default="")
    """HL7's code: AMB, EMER, IMP, ..."""
    starts_at = Timestamptz(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None)
    visit_once = Unique(["facility", "key"])


class Condition(RecordRow, Table, db=DB):
    condition_once = Unique(["facility", "key"])


class Allergy(RecordRow, Table, db=DB):
    """An AllergyIntolerance, also one that states that there is none."""

    allergy_once = Unique(["facility", "key"])


class Immunisation(RecordRow, Table, db=DB):
    immunisation_once = Unique(["facility", "key"])


class Procedure(RecordRow, Table, db=DB):
    procedure_once = Unique(["facility", "key"])


class ImagingStudy(RecordRow, Table, tablename="imaging_study", db=DB):
    imaging_study_once = Unique(["facility", "key"])


class ServiceRequest(RecordRow, Table, tablename="service_request", db=DB):
    """An order."""

    order_group = Text(default="")
    """What it was ordered together with: the requisition, or the order it is based on."""
    force = Varchar(length=10, default="order")
    """As of a medicine: nothing waits for what is not to be done."""
    service_request_once = Unique(["facility", "key"])


class Document(RecordRow, Table, db=DB):
    """A DocumentReference: a letter, a discharge summary, a scanned paper."""

    document_once = Unique(["facility", "key"])


class DocumentContent(Table, tablename="document_content", db=DB):
    """A sealed piece of a file that came with a document or a result, as it may be shown."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility)
    patient = ForeignKey(Patient)
    record = UUID()
    """The id of the document or the result."""
    place = SmallInt()
    """Its number in the list of that record's files."""
    media_type = Text()
    """By its bytes: never only by what the sender said."""
    body = Bytea()
    """Sealed for `file`, `piece` and `is_last`."""
    piece = SmallInt()
    """Its number in the file: each but the last has `files.PIECE_BYTES`."""
    is_last = Boolean()
    file = UUID()
    """One id for all pieces; another one when the file is replaced."""
    size = Integer()
    tag = Bytea()
    """A keyed hash of record and content, by which apps ask whether it is still the same."""
    document_piece_once = Unique(["record", "place", "piece"])


class Party(Table, db=DB):
    """What records show of a Practitioner, a Location or a Medication, as its facility gives it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    facility = ForeignKey(Facility)
    kind = Varchar(length=20)
    key = Text()
    local_id = Varchar(length=64, default="")
    names = Array(base_column=Text(), default=list)
    identifiers = Array(base_column=Text(), default=list)
    has_id = Boolean(default=False)
    name = Text()
    content_hash = Bytea()
    coded = Text(default="")
    """The codes of a Medication (`coded.Coded`); of a Binary, what file it is."""
    restriction = Varchar(length=20, default="")
    """The class of restriction of a record that mentions it."""
    withholds = Boolean(default=False)
    """Of a record that mentions it, only files of text are shown."""
    is_whole = Boolean(default=True)
    """It waits for nothing that it mentions itself."""
    filed_under = ForeignKey(
        PatientIdentifier, null=True, default=None, on_delete=OnDelete.no_action,
        on_update=OnUpdate.no_action,
    )  # fmt: skip
    """Of a Binary that came with one patient's records, the number of these: no other patient's
    records show it."""
    party_once = Unique(["facility", "kind", "key"])


class Awaiting(Table, db=DB):
    """A record that mentions something which has not come, and what to write when it does."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    record = UUID(unique=True)
    facility = needed(Facility)
    patient = ForeignKey(
        Patient, null=True, default=None, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )
    """Nobody for a resource that is called as another one is: a PractitionerRole."""
    kind = Varchar(length=20)
    """The table of the record, or `party`."""
    names = Array(base_column=Text())
    """What it mentions and has not come, hashed."""
    blanks = Text()
    """`blanks.StoredBlank`, as JSON: which field says which of these names."""


class PrintedSummary(Table, tablename="printed_summary", db=DB):
    """The fact that a summary was printed. Only the fingerprint of the PDF is stored."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    code_hash = Bytea(unique=True)
    """Of the look-up code, which is random and nowhere else than on the paper."""
    patient = needed(Patient)
    printed_by = UUID()
    """The session of the patient or of a caregiver."""
    sha256 = Bytea()
    """Of the PDF."""
    facilities = Array(base_column=UUID())
    """Whose records are on it."""
    language = Varchar(length=2)
    printed_at = Timestamptz()
    expires_at = Timestamptz()
