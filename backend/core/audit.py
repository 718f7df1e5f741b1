"""The audit log: who did what to whose data, with which result, in a chain of hashes.

The transaction of an action inserts its row without a place in the chain. Within seconds the sealer
chains the rows (SHA-256 over the row and the hash before it). It takes only rows below
`pg_snapshot_xmin`, so no older row can appear later.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec
from piccolo import columns
from piccolo.columns import BigInt, Bytea, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.core.database import DB, TimeOrderedId, execute, fetch, fetch_value, transaction

SEALER_LOCK = 7_301
FIRST = b"\0" * 32


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
    why = Text(default="")
    """The reason staff gave."""
    from_where = Varchar(length=45, default="")
    result = Varchar(length=40, default="done")
    stands_for = columns.Integer(default=1)
    """How many acts this row is for: more than one only for refusals that were counted."""
    place = BigInt(null=True, default=None, unique=True)
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
    why: str = ""
    from_where: str = ""
    result: str = "done"


INTO_AUDIT = (
    "INSERT INTO audit_event (actor_kind, actor, patient, action, subject, why, from_where,"
    " result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
"""Takes the `audit_values` of an act; may stand at the end of a statement that does the act."""


def audit_values(act: Act) -> tuple[object, ...]:
    return (
        act.actor_kind, act.actor, act.patient, act.action, act.subject, act.why, act.from_where,
        act.result,
    )  # fmt: skip


async def write_down(act: Act) -> None:
    """Add an audit row to the open transaction, or in a transaction of its own after a refusal."""
    await execute(INTO_AUDIT, *audit_values(act))


_COLUMNS = (
    "id, at, actor_kind, actor, patient, action, subject, why, from_where, result, stands_for"
)


async def seal_chain(batch: int = 1000) -> int:
    """Chain the rows that no running transaction can precede; give their number."""
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", SEALER_LOCK):
            return 0
        rows = await fetch(
            f"SELECT {_COLUMNS} FROM audit_event WHERE place IS NULL"
            " AND written_by < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id LIMIT $1",
            batch,
        )
        last = await fetch(
            "SELECT place, chain FROM audit_event WHERE place IS NOT NULL"
            " ORDER BY place DESC LIMIT 1"
        )
        place, chain = (last[0]["place"], last[0]["chain"]) if last else (0, FIRST)
        sealed: list[tuple[UUID, int, bytes]] = []
        for row in rows:
            place, chain = place + 1, _link(chain, place + 1, tuple(row))
            sealed.append((row["id"], place, chain))
        await execute(
            "UPDATE audit_event SET place = s.place, chain = s.chain"
            " FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS s (id, place, chain)"
            " WHERE audit_event.id = s.id",
            *([list(column) for column in zip(*sealed, strict=True)] if sealed else [[], [], []]),
        )
        return len(sealed)


def _link(before: bytes, place: int, row: tuple[object, ...]) -> bytes:
    return sha256(before + msgspec.json.encode((place, *row))).digest()


async def broken_link() -> int | None:
    """Check the whole chain; give the first place whose hash does not follow, or None."""
    chain = FIRST
    rows = await fetch(
        f"SELECT place, chain, {_COLUMNS} FROM audit_event WHERE place IS NOT NULL ORDER BY place"
    )
    for expected, row in enumerate(rows, start=1):
        chain = _link(chain, expected, tuple(row)[2:])
        if row["place"] != expected or row["chain"] != chain:
            return expected
    return None
