"""Plans the review of grants at the ages of 7 and 18, also after a corrected birth date."""

from uuid import UUID

from backend.auth.caregivers.grants import (
    Actor,
    EndedBy,
    end_grant,
    local_today,
    midnight,
    take_turns,
    write_of_both,
)
from backend.auth.caregivers.representatives import RepresentativeKind, ReviewAge, moved_review
from backend.auth.desk_tasks import DeskTaskKind, open_task
from backend.auth.notices import CAREGIVER_REVIEW, send_notice
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from backend.core.odd_rows.row_isolation import PutAside

BATCH = 50
_ASIDE = PutAside("caregiver_grant")


async def move_reviews(patient: UUID, birth: str | None, facility: UUID) -> None:
    """Move future reviews after a corrected birth date, in the transaction of intake."""
    await take_turns([patient])
    rows = await fetch(
        "SELECT id, caregiver, kind, review_at, review_age FROM caregiver_grant WHERE patient = $1"
        " AND ended_at IS NULL AND (review_at IS NULL OR review_at > hub_clock())",
        patient,
    )
    for row in rows:
        await _move(row, patient, birth, facility)


async def ask_for_reviews(batch: int = BATCH) -> int:
    """Open a desk task for each review that is due; end grants of patients who turned 18.

    Each grant is a transaction of its own: one that fails waits, and holds up no other.
    """
    due = await fetch(
        f"SELECT g.id FROM caregiver_grant g WHERE {_DUE} AND g.id <> ALL($3)"
        " ORDER BY g.id LIMIT $4",
        *_FACTS_OF_DUE, _ASIDE.rows(), batch,
    )  # fmt: skip
    return sum([await _ask_alone(row["id"]) for row in due])


_DUE = (
    "g.ended_at IS NULL AND g.review_at <= hub_clock() AND (g.review_age = $1"
    " OR NOT EXISTS (SELECT FROM desk_task t WHERE t.kind = $2 AND t.subject = g.id))"
)
_FACTS_OF_DUE = (ReviewAge.EIGHTEEN.value, DeskTaskKind.GRANT_REVIEW.value)


async def _ask_alone(grant: UUID) -> int:
    """Ask for one review; give 1, or 0 where another worker does it or it failed."""
    try:
        async with transaction():
            row = await fetch_one(
                "SELECT g.id, g.patient, g.caregiver, g.review_age FROM caregiver_grant g"
                f" WHERE {_DUE} AND g.id = $3 FOR NO KEY UPDATE OF g SKIP LOCKED",
                *_FACTS_OF_DUE, grant,
            )  # fmt: skip
            if row is None:
                return 0
            if row["review_age"] == ReviewAge.EIGHTEEN:
                await end_grant(grant, EndedBy.AGE, Actor("worker"))
            else:
                await _ask(row)
            return 1
    except Exception as surprise:  # noqa: BLE001  # one grant must not keep the others
        await _ASIDE.put(grant, surprise)
        return 0


async def _move(row: Row, patient: UUID, birth: str | None, facility: UUID) -> None:
    before = None if row["review_age"] is None else ReviewAge(row["review_age"])
    review = moved_review(RepresentativeKind(row["kind"]), before, birth, local_today())
    if review is None or midnight(review.day) == row["review_at"]:
        return
    await execute(
        "UPDATE caregiver_grant SET review_at = $2, review_age = $3 WHERE id = $1",
        row["id"], midnight(review.day), review.age,
    )  # fmt: skip
    by = Actor("facility", facility)
    await write_of_both("caregiver.review_moved", patient, row["caregiver"], row["id"], by)


async def _ask(row: Row) -> None:
    facility: UUID | None = await fetch_value(
        "SELECT facility FROM patient WHERE id = $1", row["patient"]
    )
    await open_task(DeskTaskKind.GRANT_REVIEW, row["patient"], facility, row["id"])
    await write_of_both(
        "caregiver.review_due", row["patient"], row["caregiver"], row["id"], Actor("worker")
    )
    for person in (row["patient"], row["caregiver"]):
        await send_notice(person, CAREGIVER_REVIEW, row["id"])
