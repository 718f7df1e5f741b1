"""Moves unsent notices to the patient who owns the record now."""

from collections.abc import Collection, Sequence
from uuid import UUID

from backend.core.database import Row, execute, fetch
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import KNOWN_KINDS, OF_RECORDS
from backend.notifications.planning.planning import plan_again
from backend.notifications.rules import MERGED

_SCOPE = (
    "n.patient = $1 AND n.facility = $2 AND n.kind = ANY($3)"
    " AND (n.subject = ANY($4::uuid[]) OR NOT EXISTS (SELECT FROM patient_identifier i"
    " WHERE i.patient = $1 AND i.facility = $2))"
)
"""What is about these records; of somebody who has left the facility, all that it has told."""
_SENT = frozenset({Status.SENT, Status.DELIVERED, Status.READ, Status.REFUSED})
_IN_FLIGHT = frozenset({Status.SENDING, Status.IN_DOUBT})


async def reassign(facility: UUID, before: UUID, after: UUID, records: Sequence[UUID]) -> None:
    """Move deferred and unsent notices, in the transaction that moves the records.

    What was told stays with whom it was told. What is on its way to the old phone moves without a
    message of its own, since it may arrive; should it come back, it is not sent there again.
    """
    scope = (before, facility, [kind.value for kind in OF_RECORDS], records)
    await _reassign_deferred(after, *scope)
    await _stop(*scope)
    told_there = await _not_sent(after, *scope)
    moving = [row for row in told_there if _moves(row["statuses"])]
    ids = [row["id"] for row in moving]
    anew = [row["id"] for row in moving if not _IN_FLIGHT & set(row["statuses"])]
    left = await _left_behind(before, ids, anew)
    await execute(
        "UPDATE notification SET patient = $2,"
        " grouped_into = CASE WHEN grouped_into = ANY($1) THEN grouped_into END WHERE id = ANY($1)",
        ids, after,
    )  # fmt: skip
    await plan_again(after, [row["id"] for row in moving
                             if row["id"] in anew and row["grouped_into"] not in ids])  # fmt: skip
    await plan_again(before, left)


def _moves(statuses: Collection[str]) -> bool:
    """Tell whether it can still be told: nobody was, and it was not given up for another reason."""
    return not _SENT & set(statuses) and (
        not statuses or not set(statuses) <= {Status.SUPERSEDED, Status.SUPPRESSED, Status.EXPIRED,
                                              Status.TECHNICAL_FAILURE}
    )  # fmt: skip


async def _reassign_deferred(after: UUID, *scope: object) -> None:
    await execute(f"UPDATE deferred_notice n SET patient = $5 WHERE {_SCOPE}", *scope, after)


async def _stop(*scope: object) -> None:
    """Cancel what is planned for the old addresses.

    What is to be repeated after a doubt may have been sent and stays open to receipts: the worker
    finds that it has moved.
    """
    await execute(
        "WITH stopped AS (UPDATE delivery d SET status = $5, reason = $6, ended_at = hub_clock()"
        f" FROM notification n WHERE d.notification = n.id AND d.patient = $1 AND {_SCOPE}"
        " AND d.status = ANY($7) AND NOT d.verify_before_retry RETURNING d.id)"
        " INSERT INTO delivery_event (delivery, status, source, code)"
        " SELECT id, $5, 'planning', $6 FROM stopped",
        *scope, Status.CANCELLED.value, MERGED,
        [status for status in may_become(Status.CANCELLED) if status != Status.SENDING],
    )  # fmt: skip


async def _not_sent(after: UUID, *scope: object) -> Sequence[Row]:
    """Give what is unread and still of use, with how it stands, or what speaks for it."""
    return await fetch(
        "SELECT n.id, n.grouped_into, coalesce(array_agg(CASE WHEN d.verify_before_retry"
        " AND d.status = 'planned' THEN 'in_doubt' ELSE d.status END)"
        " FILTER (WHERE d.id IS NOT NULL), '{}') AS statuses"
        " FROM notification n"
        " LEFT JOIN delivery d ON d.notification = coalesce(n.grouped_into, n.id)"
        f" WHERE {_SCOPE} AND n.read_at IS NULL AND n.expires_at > hub_clock()"
        " AND NOT EXISTS (SELECT FROM notification t WHERE t.patient = $5 AND t.kind = n.kind"
        " AND t.subject = n.subject AND t.subject_version = n.subject_version)"
        " GROUP BY n.id ORDER BY n.lane, n.id",
        *scope, after,
    )  # fmt: skip


async def _left_behind(before: UUID, moving: Sequence[UUID], anew: Sequence[UUID]) -> list[UUID]:
    """Give what stays and was to be told by something that moves: it needs a message of its own."""
    rows = await fetch(
        "SELECT id FROM notification WHERE patient = $1 AND grouped_into = ANY($2)"
        " AND NOT id = ANY($3) AND read_at IS NULL AND kind = ANY($4) ORDER BY lane, id",
        before, anew, moving, KNOWN_KINDS,
    )  # fmt: skip
    return [row["id"] for row in rows]
