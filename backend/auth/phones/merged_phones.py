"""Moves the phones that a facility has stated of a chart along with its merge, and back."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from backend.auth.identity.blind_index import hand_on, remember
from backend.core.database import Row, fetch
from backend.core.odd_rows.unreadable import unsealed


async def hand_over_phones(before: UUID, after: UUID, homes: Sequence[UUID]) -> None:
    """Let what was stated of `homes` be stated of another chart. What a person has bound stays."""
    rows = await fetch(
        "UPDATE contact_point SET patient = $2, home = nullif(coalesce(home, patient), $2)"
        " WHERE patient = $1 AND coalesce(home, patient) = ANY($3)"
        " AND confirmed_by NOT IN ('patient', 'desk') AND proposed_by IS NOT NULL"
        " RETURNING id, number, kind",
        before, after, homes,
    )  # fmt: skip
    numbers = _numbers(row for row in rows if row["kind"] == "own")
    staying = _numbers(
        await fetch(
            "SELECT id, number FROM contact_point WHERE patient = $1 AND kind = 'own'", before
        )
    )
    await hand_on(before, after, [("phone", number) for number in numbers - staying])
    for number in numbers & staying:
        await remember(after, "phone", number)


def _numbers(rows: Iterable[Row]) -> set[str]:
    """Give the numbers that can be read."""
    read = (
        unsealed(row["number"], table="contact_point", column="number", row=row["id"])
        for row in rows
    )
    return {number for number in read if number is not None}
