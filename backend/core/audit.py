"""The audit log: who did what to whose data, with which result, in a chain of hashes.

The transaction of an action inserts its row without a place in the chain; `audit_chain` gives it
one within seconds. The database alone says when a row was written, and by which transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from piccolo import columns
from piccolo.columns import BigInt, Bytea, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.core.crypto.reasons import Reason, reason
from backend.core.database import DB, TimeOrderedId, execute
from backend.core.postgres.steps import LockOrder, step

CHAINED: Final = (
    "id", "at", "actor_kind", "actor", "patient", "action", "subject", "why_digest", "from_where",
    "result", "stands_for",
)  # fmt: skip
"""What the chain hashes of a row, in this order."""
RESEALED: Final = frozenset({"why"})
"""What the owner of the tables may write again, since it can be sealed with a newer key."""


class AuditEvent(Table, tablename="audit_event", db=DB):
    """One act. Application roles may only insert."""

    id = columns.UUID(primary_key=True, default=TimeOrderedId())
    at = Timestamptz(default=TimestamptzNow())
    actor_kind = Varchar(length=12)
    """patient, facility, staff, worker or system."""
    actor = columns.UUID(null=True, default=None)
    patient = columns.UUID(null=True, default=None)
    """Whose data. Differs from `actor` where somebody acts for another."""
    action = Varchar(length=60)
    subject = columns.UUID(null=True, default=None)
    why = Bytea(null=True, default=None)
    """The reason staff gave, sealed (`crypto.reasons`)."""
    why_digest = Bytea(null=True, default=None)
    """What the chain covers of it."""
    from_where = Varchar(length=45, default="")
    result = Varchar(length=40, default="done")
    stands_for = columns.Integer(default=1)
    """How many acts this row is for: more than one only for refusals that were counted."""
    place = BigInt(null=True, default=None, index=True)
    """Its number in the chain, once sealed."""
    chain = Bytea(null=True, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """The content of one audit row."""

    actor_kind: str
    action: str
    actor: UUID | None = None
    patient: UUID | None = None
    subject: UUID | None = None
    why: str | Reason | None = None
    from_where: str = ""
    result: str = "done"


INTO_AUDIT = (
    "INSERT INTO audit_event (actor_kind, actor, patient, action, subject, why, why_digest,"
    " from_where, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
"""Takes the `audit_values` of an act; may stand at the end of a statement that does the act."""


def audit_values(act: Act) -> tuple[object, ...]:
    why = reason(act.why) if isinstance(act.why, str) else act.why
    return (
        act.actor_kind, act.actor, act.patient, act.action, act.subject,
        why and why.sealed(), why and why.digest, act.from_where, act.result,
    )  # fmt: skip


@step(LockOrder.LAST)
async def write_down_together(acts: Sequence[Act]) -> Sequence[None]:
    """Add an audit row to the open transaction for each of the messages that are taken in."""
    await execute(
        "INSERT INTO audit_event (actor_kind, actor, patient, action, subject, why, why_digest,"
        " from_where, result) SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[],"
        " $5::uuid[], $6::bytea[], $7::bytea[], $8::text[], $9::text[])",
        *(list(column) for column in zip(*map(audit_values, acts), strict=True)),
    )
    return [None] * len(acts)


async def write_down(act: Act) -> None:
    """Add an audit row to the open transaction, or in a transaction of its own after a refusal."""
    await execute(INTO_AUDIT, *audit_values(act))
