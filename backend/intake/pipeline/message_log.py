"""Stores each message before anything else happens, so that a replay is recognised."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from backend.auth.identity.blind_index import Sought, hashes_of
from backend.auth.identity.identifiers import ANY_SYSTEM, CITIZEN_ID
from backend.auth.registration.patients import Identifier
from backend.core.audit import Act, write_down_together
from backend.core.crypto.name_hashes import hash_name
from backend.core.crypto.sealing import place_of, seal_bytes
from backend.core.database import execute, fetch, fetch_one, fetch_value
from backend.core.errors import HubError, NotFound
from backend.core.odd_rows.unreadable import unsealed
from backend.core.postgres.steps import LockOrder, step
from backend.intake.pipeline.events import InboundMessage
from backend.notifications.planning.planning import Notice, is_useful, plan

LONGEST_SENDER_ID = 200


class IdempotencyConflict(HubError):
    """The hub took in another message with this id before."""

    code = "idempotency_conflict"
    status = 409


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer to the first message with the same id."""

    message: UUID
    answer: str | None
    """None where it cannot be read. The message is known all the same, and says nothing new: a
    sender who heard of a failure would send it for ever, and all that is behind it would wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMessage:
    """A message as it is logged."""

    message: InboundMessage
    facility: UUID
    row: UUID
    foreseen: str | None
    """The answer, where it is known before anything is done."""

    @property
    def sender_hash(self) -> str | None:
        sender_id = sender_id_of(self.message)
        return sender_id and hash_name(self.facility, self.message.dialect, sender_id)


async def insert(one: LoggedMessage) -> Replay | None:
    """Store the message, sealed. A second message with the same id waits for the first.

    So does a second run with the same row, after a commit whose answer was lost.

    Gives what was answered the first time, if this is not the first time.

    Raises:
        IdempotencyConflict: the same id, other content.
    """
    if await _inserted(one):
        return None
    sender_hash, message = one.sender_hash, one.message
    first = await fetch_one(
        "SELECT id, content_hash, answer FROM received_event WHERE id = $1"
        " UNION ALL SELECT e.id, e.content_hash, e.answer FROM known_sender_id k"
        " JOIN received_event e ON e.id = k.id"
        " WHERE k.facility = $2 AND k.dialect = $3 AND k.sender_hash = $4 LIMIT 1",
        one.row, one.facility, message.dialect, sender_hash,
    )  # fmt: skip
    assert first, "the conflict was with this row: a month and its ids go together"
    if first["content_hash"] != message.content_hash:
        raise IdempotencyConflict
    return Replay(first["id"], _opened(first["answer"] or b"", first["id"]))


@step()
async def _inserted(logged: Sequence[LoggedMessage]) -> Sequence[bool]:
    """Every process inserts in the order of the senders' ids: none waits for another in a ring."""
    rows = await fetch(
        "WITH w AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[],"
        "  $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::boolean[], $9::bytea[]) AS w"
        "  (id, facility, dialect, sender_hash, sender_id, content_hash, raw, posted, answer)),"
        " known AS (INSERT INTO known_sender_id (id, facility, dialect, sender_hash)"
        "  SELECT id, facility, dialect, sender_hash FROM w WHERE sender_hash IS NOT NULL"
        "  ORDER BY facility, dialect, sender_hash ON CONFLICT DO NOTHING RETURNING id)"
        " INSERT INTO received_event (id, facility, dialect, sender_id, content_hash,"
        " raw, posted, answer, outcome, reason, waits_for, received_at)"
        " SELECT id, facility, dialect, sender_id, content_hash, raw, posted, answer,"
        " 'applied', '', '{}', hub_clock() FROM w"
        " WHERE sender_hash IS NULL OR id IN (SELECT known.id FROM known)"
        " ON CONFLICT DO NOTHING RETURNING id",
        *(list(column) for column in zip(*map(_values, logged), strict=True)),
    )
    inserted = {row["id"] for row in rows}
    return [one.row in inserted for one in logged]


def _values(one: LoggedMessage) -> tuple[object, ...]:
    message, row = one.message, one.row
    return (
        row, one.facility, message.dialect, one.sender_hash, sealed_sender_id(message, row),
        message.content_hash, seal_bytes(message.raw, _place("raw", row)), message.posted,
        one.foreseen and _sealed(one.foreseen, row),
    )  # fmt: skip


def _sealed(answer: str, row: UUID) -> bytes:
    return seal_bytes(answer.encode(), _place("answer", row))


def _opened(answer: bytes, row: UUID) -> str | None:
    return unsealed(answer, table="received_event", column="answer", row=row)


def _place(column: str, row: UUID) -> str:
    return place_of("received_event", column, row)


def sender_id_of(message: InboundMessage) -> str | None:
    """Give the sender's own id; an overlong one is replaced by its hash."""
    given = message.sender_id
    if given is None or len(given) <= LONGEST_SENDER_ID:
        return given
    return f"sha256:{sha256(given.encode()).hexdigest()}"


def sealed_sender_id(message: InboundMessage, row: UUID) -> bytes | None:
    """Seal the sender's own id for the message's row; the notices that it causes bear it too."""
    given = sender_id_of(message)
    return None if given is None else seal_bytes(given.encode(), _place("sender_id", row))


async def note_outcome(row: UUID, answer: str, act: Act, foreseen: str | None = None) -> None:
    """Store the outcome in the message's row and in the audit log.

    A message that was applied, and whose answer was foreseen, has both in its row already.
    """
    if act.result != "applied" or answer != foreseen:
        await _note((row, act.result, _sealed(answer, row)))
    await write_down_together(act)


@step(LockOrder.LAST)
async def _note(outcomes: Sequence[tuple[UUID, str, bytes]]) -> Sequence[None]:
    await execute(
        "UPDATE received_event e SET outcome = w.outcome, answer = w.answer"
        " FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS w (id, outcome, answer)"
        " WHERE e.id = w.id",
        *(list(column) for column in zip(*outcomes, strict=True)),
    )
    return [None] * len(outcomes)


async def plan_and_note(notices: Sequence[Notice], row: UUID) -> None:
    """Plan what the message tells, and keep of what it tells nobody because it is long past."""
    await plan(notices)
    past = sorted({notice.kind.value for notice in notices if not is_useful(notice)})
    if past:
        await execute("UPDATE received_event SET backfilled = $2 WHERE id = $1", row, past)


async def take_up_again(row: UUID) -> None:
    """End a message's wait in quarantine; its new outcome is stored like any other.

    Raises:
        NotFound: it waits no longer: somebody was faster.
    """
    done = await execute(
        "UPDATE received_event SET outcome = 'applied', answer = NULL WHERE id = $1"
        " AND outcome = 'quarantined'",
        row,
    )
    if done != "UPDATE 1":
        raise NotFound


async def quarantine(row: UUID, answer: str, reason: str, numbers: list[Identifier]) -> None:
    """Put a message in quarantine for a person; later messages about these numbers wait too."""
    await execute(
        "UPDATE received_event SET outcome = 'quarantined', answer = $2, reason = $3,"
        " waits_for = $4 WHERE id = $1",
        row, _sealed(answer, row), reason,
        [number_hash for number in numbers for number_hash in _hashes(number)],
    )  # fmt: skip


async def is_waiting(facility: UUID, numbers: list[Identifier]) -> bool:
    """Tell whether an earlier message about one of these numbers is in quarantine."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM received_event WHERE facility = $1"
            " AND outcome = 'quarantined' AND waits_for && $2::bytea[])",
            facility, [number_hash for number in numbers for number_hash in _sought(number)],
        )
    )  # fmt: skip


def waiting_for(number: Identifier) -> list[Sought]:
    """Give what is hashed for a number, to find waiting messages: with its system, and without."""
    system, value = number.system.strip(), number.value.strip()
    if system == CITIZEN_ID:
        return [("waiting-citizen-id", value)]
    if system == ANY_SYSTEM:
        return [("waiting-any", value)]
    return [("waiting-number", f"{len(system)}:{system}:{value}"), ("waiting-any", value)]


def _hashes(number: Identifier) -> list[bytes]:
    """Give the hashes that a message about this number waits under, and is found by."""
    return [hashed for pair in waiting_for(number) for hashed in hashes_of(*pair)]


def _sought(number: Identifier) -> list[bytes]:
    return hashes_of(*waiting_for(number)[0])
