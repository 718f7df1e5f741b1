"""Tables of the proofs at sign-in: requests for codes, wrong codes, and what VNeID has said."""

from piccolo.columns import UUID, Array, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import ContactPoint, Patient, Session
from backend.core.database import DB, TimeOrderedId


class SignInChallenge(Table, tablename="sign_in_challenge", db=DB):
    """A request for a code: the same row whether or not there is a chart for it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    pair_hash = Bytea(index=True)
    """Keyed hash of whom and which number a code is for: a newer request ends the older ones."""
    subject_hint = Varchar(length=3)
    """The last three digits of what was typed: a text says by them whom it is for."""
    subject_kind = Varchar(length=20, default="")
    """citizen-id or hospital-number: the kind of look-up of what was typed beside the number."""
    subject_hashes = Array(base_column=Bytea(), default=list)
    """Its keyed hashes under every live key."""
    number_hashes = Array(base_column=Bytea(), default=list)
    """Those of the phone number that was typed."""
    counted_for = Varchar(length=43, default="")
    """The key of a device that has reached such a chart: its counts are its own."""
    session = ForeignKey(
        Session, null=True, default=None, on_delete=OnDelete.no_action,
        on_update=OnUpdate.no_action,
    )  # fmt: skip
    """The living session that asked to reach more charts."""
    patient = ForeignKey(Patient, null=True, default=None)
    contact = ForeignKey(ContactPoint, null=True, default=None)
    """The typed number, only where it is the own mobile in use of a chart with what was typed."""
    code_hash = Bytea(null=True, default=None)
    """Keyed hash, written by the worker before it sends; the plain code exists only there."""
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()
    told_at = Timestamptz(null=True, default=None)
    """When the worker took it up."""
    used_at = Timestamptz(null=True, default=None)
    key_thumbprint = Varchar(length=43, default="")
    """Of the DPoP key it was asked for with: only that one may use the code."""
    withheld = Varchar(length=20, default="")
    """Why no code was sent to somebody who could have had one."""
    purpose = Varchar(length=10, default="sign-in")
    """sign-in, charts, phone or step-up: what its code may be used for, and nothing else."""


class SignInPair(Table, tablename="sign_in_pair", db=DB):
    """Wrong codes for one pair of a citizen id and a typed number, in the last 30 days."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    subject_hash = Bytea(index=True)
    """Keyed hash of the citizen id or hospital number, under the current key."""
    number_hash = Bytea(index=True)
    counted_for = Varchar(length=43, default="")
    """The key of a device that has reached such a chart; empty for all others together."""
    wrong_at = Array(base_column=Timestamptz(), default=list)
    """When, the oldest first; stays empty where there is nothing to guess."""
    closed_until = Timestamptz(null=True, default=None)
    """So long codes of this pair open nothing. It lies in the past from the last wrong code that is
    counted until a worker has told it."""
    updated_at = Timestamptz(default=TimestamptzNow())
    patient = UUID(null=True, default=None)
    """A chart whose own mobile in use it is; there is nothing to guess where it is null."""
    sign_in_pair_once = Unique([subject_hash, number_hash, counted_for])


class VneidSignIn(Table, tablename="vneid_sign_in", db=DB):
    """The evidence for one session by VNeID: its provenance, never the provider's tokens."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    session = ForeignKey(Session, index=True)
    acr = Varchar(length=60, default="")
    amr = Varchar(length=60, default="")
    authenticated_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
