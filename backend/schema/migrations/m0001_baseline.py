"""Declares every table once, as Piccolo creates it.

What Piccolo has no word for follows in `m0002_structure`: Piccolo runs the SQL of a migration
before it creates the tables of that migration.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Column,
    Date,
    ForeignKey,
    Integer,
    Interval,
    SmallInt,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.constraints import Unique
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "baseline: every table"


@dataclass(frozen=True, slots=True)
class _Declared:
    """One table: its class in Piccolo, its name, its columns, and what is unique over several."""

    class_name: str
    name: str
    columns: dict[str, Column]
    unique: dict[str, list[str]] = field(default_factory=dict)


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _empty(column: type[Column], **more: Any) -> Column:
    """Declare a column that may be without a value, and is so unless somebody gives one."""
    return column(null=True, default=None, **more)


def _to(name: str, class_name: str = "", **more: Any) -> ForeignKey[Any]:
    """Refer to a table by its key; a row goes with the row that it refers to."""
    stub = create_table_class(
        class_name or name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, **more)


def _needed(name: str, **more: Any) -> ForeignKey[Any]:
    """Refer to a row that must be there, and stays while something refers to it."""
    return _stays(name, null=False, **more)


def _stays(name: str, **more: Any) -> ForeignKey[Any]:
    return _to(name, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, **more)


def _record() -> dict[str, Column]:
    """Declare what every kind of record has."""
    return {
        "id": _key(),
        "facility": _to("facility"),
        "key": Text(),
        "local_id": Varchar(length=64),
        "version": Text(),
        "updated": _empty(Timestamptz),
        "content_hash": Bytea(),
        "patient": _to("patient", index=True),
        "filed_under": _to("patient_identifier"),
        "happened_at": Timestamptz(),
        "visible_from": _empty(Timestamptz),
        "release_at": _empty(Timestamptz),
        "kept_back": Boolean(),
        "finished_at": _empty(Timestamptz),
        "hidden": Boolean(),
        "restriction": Varchar(length=20),
        "change_n": BigInt(),
        "received_event": UUID(),
        "status": Varchar(length=20),
        "body": Text(),
        "coded": Text(),
    }


TABLES: Final = (
    _Declared(
        "Alarm",
        "alarm",
        {
            "id": _key(),
            "kind": Varchar(length=20),
            "about": Bytea(),
            "times": Integer(default=1),
            "raised_at": Timestamptz(),
        },
        {"alarm_once": ["kind", "about"]},
    ),
    _Declared(
        "AuditEvent",
        "audit_event",
        {
            "id": _key(),
            "at": Timestamptz(),
            "actor_kind": Varchar(length=12),
            "actor": _empty(UUID),
            "patient": _empty(UUID),
            "action": Varchar(length=60),
            "subject": _empty(UUID),
            "why": Text(),
            "from_where": Varchar(length=45),
            "result": Varchar(length=40, default="done"),
            "place": _empty(BigInt, unique=True),
            "chain": _empty(Bytea),
        },
    ),
    _Declared(
        "HubKey",
        "hub_key",
        {
            "id": _key(),
            "name": Varchar(length=20, unique=True),
            "purpose": Varchar(length=8),
            "secret": Bytea(),
            "made_at": Timestamptz(),
            "current_from": Timestamptz(),
            "ends_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "CodeText",
        "sms_code",
        {
            "id": _key(),
            "account_hash": Bytea(),
            "number_hash": Bytea(),
            "prefix_hash": Bytea(),
            "due_at": Timestamptz(),
        },
    ),
    _Declared(
        "Patient",
        "patient",
        {
            "id": _key(),
            "name": Bytea(),
            "birth_date": _empty(Bytea),
            "sex": Varchar(length=8, default="unknown"),
            "language": Varchar(length=8, default="vi"),
            "deceased_at": _empty(Timestamptz),
            "registered_at": Timestamptz(),
        },
    ),
    _Declared(
        "Facility",
        "facility",
        {
            "id": _key(),
            "code": Varchar(length=13, unique=True),
            "name": Text(),
            "short_name": Varchar(length=20),
            "hotline": Varchar(length=15),
            "late_after": _empty(Interval),
            "created_at": Timestamptz(),
        },
    ),
    _Declared(
        "SignInAccount",
        "sign_in_account",
        {
            "id": _key(),
            "account_hash": Bytea(unique=True),
            "failures": Integer(),
            "disabled_at": _empty(Timestamptz),
            "updated_at": Timestamptz(),
            "patient": _empty(UUID),
        },
    ),
    _Declared(
        "UsedProof",
        "used_proof",
        {
            "id": _key(),
            "hash": Bytea(unique=True),
            "expires_at": Timestamptz(index=True),
        },
    ),
    _Declared(
        "Device",
        "device",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "platform": Varchar(length=10),
            "model": Varchar(length=60),
            "name": Varchar(length=60),
            "push_token": _empty(Bytea),
            "push_token_hash": _empty(Bytea, unique=True),
            "key_thumbprint": Varchar(length=43),
            "trusted_at": _empty(Timestamptz),
            "created_at": Timestamptz(),
            "seen_at": Timestamptz(),
        },
    ),
    _Declared(
        "IdentityLink",
        "identity_link",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "issuer": Text(),
            "subject_hash": Bytea(),
            "assurance": Varchar(length=20),
            "created_at": Timestamptz(),
            "used_at": Timestamptz(),
            "ended_at": _empty(Timestamptz),
        },
        {"identity_link_once": ["issuer", "subject_hash"]},
    ),
    _Declared(
        "PatientLookup",
        "patient_lookup",
        {
            "id": _key(),
            "kind": Varchar(length=20),
            "key_id": Varchar(length=20),
            "hash": Bytea(index=True),
            "patient": _to("patient", index=True),
        },
        {"patient_lookup_once": ["kind", "hash", "patient"]},
    ),
    _Declared(
        "CaregiverGrant",
        "caregiver_grant",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "caregiver": _to("patient", index=True),
            "scope": Varchar(length=8),
            "begins_at": Timestamptz(),
            "ends_at": _empty(Timestamptz),
            "kind": Varchar(length=20, default="chosen"),
            "evidence": Varchar(length=200),
            "made_by": _empty(UUID),
            "review_at": _empty(Timestamptz),
            "review_age": _empty(Integer),
            "created_at": Timestamptz(),
            "ended_at": _empty(Timestamptz),
            "ended_by": Varchar(length=10),
        },
    ),
    _Declared(
        "CaregiverInvitation",
        "caregiver_invitation",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "scope": Varchar(length=8),
            "kind": Varchar(length=20),
            "grant_ends_at": _empty(Timestamptz),
            "handle": Varchar(length=8, unique=True),
            "secret_hash": Bytea(),
            "tries": Integer(),
            "created_at": Timestamptz(),
            "expires_at": Timestamptz(),
            "used_at": _empty(Timestamptz),
            "revoked_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "PatientChange",
        "patient_change",
        {
            "patient": _to("patient", null=False, primary_key=True),
            "n": BigInt(),
            "epoch": Integer(),
            "forgotten_n": BigInt(),
        },
    ),
    _Declared(
        "PatientDoseHours",
        "patient_dose_hours",
        {
            "patient": _needed("patient", primary_key=True),
            "morning": Time(),
            "noon": Time(),
            "afternoon": Time(),
            "evening": Time(),
        },
    ),
    _Declared(
        "PrintedSummary",
        "printed_summary",
        {
            "id": _key(),
            "code_hash": Bytea(unique=True),
            "patient": _needed("patient"),
            "printed_by": UUID(),
            "sha256": Bytea(),
            "facilities": Array(base_column=UUID()),
            "language": Varchar(length=2),
            "printed_at": Timestamptz(),
            "expires_at": Timestamptz(),
        },
    ),
    _Declared(
        "Tombstone",
        "tombstone",
        {
            "id": _key(),
            "patient": _needed("patient"),
            "kind": Varchar(length=20),
            "record": UUID(),
            "restricted": Boolean(),
            "change_n": BigInt(),
        },
        {"tombstone_once": ["record", "restricted"]},
    ),
    _Declared(
        "AccessDispute",
        "access_dispute",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "line": UUID(),
            "words": _empty(Bytea),
            "created_at": Timestamptz(),
            "withdrawn_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "ActivationSlip",
        "activation_slip",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "facility": _to("facility"),
            "handle": Varchar(length=8, unique=True),
            "secret_hash": Bytea(),
            "proof": Varchar(length=20),
            "made_by": UUID(),
            "tries": Integer(),
            "created_at": Timestamptz(),
            "expires_at": Timestamptz(),
            "used_at": _empty(Timestamptz),
            "revoked_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "ContactPoint",
        "contact_point",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "number": Bytea(),
            "number_hash": Bytea(index=True),
            "kind": Varchar(length=10, default="own"),
            "confirmed_at": _empty(Timestamptz),
            "proposed_by": _to("facility"),
            "wrong_since": _empty(Timestamptz),
            "confirmed_by": Varchar(length=10),
            "usable_from": _empty(Timestamptz),
            "proved_at": _empty(Timestamptz),
            "declined_at": _empty(Timestamptz),
            "declined_by": Varchar(length=10),
            "replaced_at": _empty(Timestamptz),
            "created_at": Timestamptz(),
        },
    ),
    _Declared(
        "DeskTask",
        "desk_task",
        {
            "id": _key(),
            "kind": Varchar(length=30),
            "patient": _to("patient", index=True),
            "facility": _to("facility"),
            "subject": _empty(UUID),
            "created_at": Timestamptz(),
            "done_at": _empty(Timestamptz),
            "done_by": _empty(UUID),
            "outcome": Varchar(length=20),
        },
    ),
    _Declared(
        "FacilityKey",
        "facility_key",
        {
            "id": _key(),
            "facility": _to("facility", index=True),
            "hash": Bytea(unique=True),
            "label": Varchar(length=60),
            "created_at": Timestamptz(),
            "expires_at": _empty(Timestamptz),
            "revoked_at": _empty(Timestamptz),
            "scopes": Text(),
            "networks": Text(),
        },
    ),
    _Declared(
        "PatientIdentifier",
        "patient_identifier",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "facility": _to("facility"),
            "system": Text(),
            "value": Bytea(),
            "active": Boolean(default=True),
            "created_at": Timestamptz(),
            "home": _stays("patient"),
        },
    ),
    _Declared(
        "Notification",
        "notification",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "facility": _to("facility"),
            "kind": Varchar(length=30),
            "subject": UUID(),
            "subject_version": Varchar(length=40),
            "urgency": Varchar(length=10),
            "lane": SmallInt(),
            "ticket": Varchar(length=8),
            "counter": Varchar(length=8),
            "starts_at": _empty(Timestamptz),
            "received_event": _empty(UUID),
            "sender_id": _empty(Varchar, length=200),
            "accepted_at": Timestamptz(),
            "created_at": Timestamptz(),
            "expires_at": Timestamptz(),
            "read_at": _empty(Timestamptz),
            "grouped_into": _empty(UUID),
            "kept_back": Boolean(),
        },
        {"notification_once": ["patient", "kind", "subject", "subject_version"]},
    ),
    _Declared(
        "DeferredNotice",
        "deferred_notice",
        {
            "id": _key(),
            "patient": _to("patient"),
            "facility": _to("facility"),
            "kind": Varchar(length=30),
            "subject": UUID(),
            "subject_version": Varchar(length=40),
            "happened_at": Timestamptz(),
            "accepted_at": Timestamptz(),
            "received_event": _empty(UUID),
            "sender_id": _empty(Varchar, length=200),
            "due_at": Timestamptz(),
            "until_released": Boolean(),
        },
        {"deferred_notice_once": ["subject"]},
    ),
    _Declared(
        "ReceivedEvent",
        "received_event",
        {
            "raw": Bytea(),
            "id": _key(),
            "facility": _to("facility"),
            "dialect": Varchar(length=10),
            "sender_id": _empty(Varchar, length=200),
            "content_hash": Bytea(),
            "received_at": Timestamptz(),
            "outcome": Varchar(length=12, default="applied"),
            "reason": Varchar(length=60),
            "waits_for": Array(base_column=Bytea()),
            "answer": Text(),
        },
        {"received_event_once": ["facility", "dialect", "sender_id"]},
    ),
    _Declared(
        "DocumentContent",
        "document_content",
        {
            "id": _key(),
            "facility": _to("facility"),
            "patient": _to("patient"),
            "record": UUID(),
            "place": SmallInt(),
            "media_type": Text(),
            "sha256": Bytea(),
            "body": Bytea(),
        },
        {"document_content_once": ["record", "place"]},
    ),
    _Declared(
        "FacilityDoseHours",
        "facility_dose_hours",
        {
            "facility": _needed("facility", primary_key=True),
            "morning": Time(),
            "noon": Time(),
            "afternoon": Time(),
            "evening": Time(),
        },
    ),
    _Declared(
        "Party",
        "party",
        {
            "id": _key(),
            "facility": _to("facility"),
            "kind": Varchar(length=20),
            "key": Text(),
            "local_id": Varchar(length=64),
            "name": Text(),
            "content_hash": Bytea(),
        },
        {"party_once": ["facility", "kind", "key"]},
    ),
    _Declared(
        "PatientMerge",
        "patient_merge",
        {
            "id": _key(),
            "facility": _needed("facility"),
            "patient": _needed("patient"),
            "into_patient": _stays("patient"),
            "said_at": _empty(Timestamptz),
            "changed_at": Timestamptz(),
        },
        {"patient_merge_once": ["facility", "patient"]},
    ),
    _Declared(
        "ReleasePolicy",
        "release_policy",
        {
            "id": _key(),
            "facility": _needed("facility"),
            "record_class": Varchar(length=80),
            "release": Varchar(length=10),
        },
        {"release_policy_once": ["facility", "record_class"]},
    ),
    _Declared(
        "Staff",
        "staff",
        {
            "id": _key(),
            "name": Varchar(length=60, unique=True),
            "password_hash": Text(),
            "totp_secret": Bytea(),
            "totp_step": BigInt(),
            "role": Varchar(length=15, default="agent"),
            "facility": _to("facility"),
            "failures": Integer(),
            "locked_until": _empty(Timestamptz),
            "disabled_at": _empty(Timestamptz),
            "created_at": Timestamptz(),
        },
    ),
    _Declared(
        "Session",
        "session",
        {
            "id": _key(),
            "patient": _to("patient", index=True),
            "device": _to("device"),
            "level": Varchar(length=12),
            "created_at": Timestamptz(),
            "used_at": Timestamptz(),
            "expires_at": Timestamptz(),
            "ended_at": _empty(Timestamptz),
            "ended_why": Varchar(length=20),
            "refresh_hash": Bytea(unique=True),
            "refresh_generation": Integer(),
            "key_thumbprint": Varchar(length=43),
            "rotated_at": _empty(Timestamptz),
            "opened_by": Varchar(length=10, default="code"),
            "approval_tries": Integer(),
            "approval_asked_at": _empty(Timestamptz),
            "stepped_up_until": _empty(Timestamptz),
        },
    ),
    _Declared(
        "SignInChallenge",
        "sign_in_challenge",
        {
            "id": _key(),
            "account_hash": Bytea(index=True),
            "account_hint": Varchar(length=3),
            "patient": _to("patient"),
            "contact": _to("contact_point"),
            "code_hash": _empty(Bytea),
            "tries": Integer(),
            "created_at": Timestamptz(),
            "expires_at": Timestamptz(),
            "told_at": _empty(Timestamptz),
            "used_at": _empty(Timestamptz),
            "key_thumbprint": Varchar(length=43),
            "withheld": Varchar(length=20),
            "purpose": Varchar(length=10, default="sign-in"),
        },
    ),
    _Declared("Allergy", "allergy", _record(), {"allergy_once": ["facility", "key"]}),
    _Declared(
        "Appointment",
        "appointment",
        _record()
        | {
            "starts_at": Timestamptz(index=True),
            "sequence": Integer(),
        },
        {"appointment_once": ["facility", "key"]},
    ),
    _Declared("Condition", "condition", _record(), {"condition_once": ["facility", "key"]}),
    _Declared("Document", "document", _record(), {"document_once": ["facility", "key"]}),
    _Declared(
        "Medicine",
        "medicine",
        _record()
        | {
            "starts_at": _empty(Timestamptz),
            "replaces_key": Text(),
            "replaces_local_id": Text(),
            "replaced_by": _empty(UUID),
            "replaced_from": _empty(Timestamptz),
        },
        {"medicine_once": ["facility", "key"]},
    ),
    _Declared(
        "ImagingStudy", "imaging_study", _record(), {"imaging_study_once": ["facility", "key"]}
    ),
    _Declared(
        "Immunisation", "immunisation", _record(), {"immunisation_once": ["facility", "key"]}
    ),
    _Declared(
        "MedicationStatement",
        "medication_statement",
        _record(),
        {"medication_statement_once": ["facility", "key"]},
    ),
    _Declared(
        "Observation",
        "observation",
        _record()
        | {
            "code": Text(),
            "orders": Array(base_column=Text()),
            "reported": Boolean(),
        },
        {"observation_once": ["facility", "key"]},
    ),
    _Declared("Procedure", "procedure", _record(), {"procedure_once": ["facility", "key"]}),
    _Declared(
        "Result",
        "result",
        _record()
        | {
            "observation_keys": Array(base_column=Text()),
            "header": Text(),
            "orders": Array(base_column=Text()),
        },
        {"result_once": ["facility", "key"]},
    ),
    _Declared(
        "ServiceRequest",
        "service_request",
        _record()
        | {
            "order_group": Text(),
        },
        {"service_request_once": ["facility", "key"]},
    ),
    _Declared(
        "Visit",
        "visit",
        _record()
        | {
            "visit_class": Varchar(length=20),
            "starts_at": _empty(Timestamptz),
            "ends_at": _empty(Timestamptz),
        },
        {"visit_once": ["facility", "key"]},
    ),
    _Declared(
        "Delivery",
        "delivery",
        {
            "id": _key(),
            "notification": _to("notification", index=True),
            "patient": _to("patient", index=True),
            "channel": Varchar(length=4),
            "contact": _to("contact_point"),
            "device": _to("device"),
            "status": Varchar(length=20, default="planned"),
            "lane": SmallInt(),
            "due_at": Timestamptz(),
            "lease_until": _empty(Timestamptz),
            "attempts": Integer(),
            "reference": Varchar(length=5, index=True),
            "provider_id": Varchar(length=200, index=True),
            "rank": SmallInt(),
            "reason": Varchar(length=60),
            "created_at": Timestamptz(),
            "sent_at": _empty(Timestamptz),
            "delivered_at": _empty(Timestamptz),
            "ended_at": _empty(Timestamptz),
            "empty_listings": SmallInt(),
            "next_listing_at": _empty(Timestamptz),
            "verify_before_retry": Boolean(),
        },
    ),
    _Declared(
        "NumberReport",
        "number_report",
        {
            "id": _key(),
            "contact": _to("contact_point", index=True),
            "staff": _to("staff"),
            "confirmed_before": _empty(Timestamptz),
            "wrong_before": _empty(Timestamptz),
            "created_at": Timestamptz(),
            "undone_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "StaffSession",
        "staff_session",
        {
            "id": _key(),
            "staff": _to("staff", index=True),
            "token_hash": Bytea(unique=True),
            "created_at": Timestamptz(),
            "used_at": Timestamptz(),
            "ended_at": _empty(Timestamptz),
        },
    ),
    _Declared(
        "VneidSignIn",
        "vneid_sign_in",
        {
            "id": _key(),
            "session": _to("session", index=True),
            "link": _to("identity_link"),
            "acr": Varchar(length=60),
            "amr": Varchar(length=60),
            "authenticated_at": _empty(Timestamptz),
            "created_at": Timestamptz(),
        },
    ),
    _Declared(
        "DoseNote",
        "dose_note",
        {
            "id": _key(),
            "patient": _needed("patient"),
            "medicine": _needed("medicine"),
            "dose": Text(),
            "day": Date(),
            "state": Varchar(length=8),
            "taken_at": _empty(Timestamptz),
            "noted_at": Timestamptz(),
        },
        {"dose_note_once": ["medicine", "dose"]},
    ),
    _Declared(
        "DoseRule",
        "dose_rule",
        {
            "id": _key(),
            "medicine": _to("medicine", index=True),
            "facility": _to("facility"),
            "patient": _to("patient", index=True),
            "plan": Text(),
            "first_day": Date(),
            "last_day": _empty(Date),
            "since": _empty(Timestamptz),
            "until": _empty(Timestamptz),
        },
    ),
    _Declared(
        "Attempt",
        "attempt",
        {
            "id": _key(),
            "delivery": _to("delivery", index=True),
            "number": Integer(default=1),
            "worker": Varchar(length=40),
            "claimed_at": Timestamptz(),
            "answered_at": _empty(Timestamptz),
            "outcome": Varchar(length=10),
            "provider_id": Varchar(length=200),
            "code": Varchar(length=60),
        },
    ),
    _Declared(
        "DeliveryEvent",
        "delivery_event",
        {
            "id": _key(),
            "delivery": _to("delivery", index=True),
            "at": Timestamptz(),
            "status": Varchar(length=20),
            "source": Varchar(length=12),
            "code": Varchar(length=60),
        },
    ),
)
"""In the order of their references. A later change is a migration of its own: this list stays."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for table in TABLES:
        manager.add_table(class_name=table.class_name, tablename=table.name)
        for name, column in table.columns.items():
            manager.add_column(
                table_class_name=table.class_name,
                tablename=table.name,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
        for name, columns in table.unique.items():
            manager.add_constraint(
                table_class_name=table.class_name,
                tablename=table.name,
                constraint_name=name,
                constraint_class=Unique,
                params={"columns": columns, "nulls_distinct": True},
            )
    return manager
