"""Moves the phones that a facility has stated of a chart along with its merge, and back."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from backend.auth.identity.blind_index import hand_on, hashes_of, index
from backend.auth.phones.binding import use_the_stated_one
from backend.core.database import Row, execute, fetch
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
        await index(after, "phone", number)
    for number in numbers:
        await _keep_not_theirs(after, number)
    await _settle(after, [row["id"] for row in rows])
    for chart in (before, after):
        await use_the_stated_one(chart)


async def _keep_not_theirs(chart: UUID, number: str) -> None:
    """Bring no number back that a person has said is not this chart's."""
    await execute(
        "UPDATE contact_point m SET not_theirs_since = o.since FROM"
        " (SELECT min(c.not_theirs_since) AS since FROM contact_point c"
        "  WHERE c.patient = $1 AND c.number_hash = ANY($2::bytea[])) o"
        " WHERE m.patient = $1 AND m.number_hash = ANY($2::bytea[])"
        " AND m.not_theirs_since IS NULL AND o.since IS NOT NULL",
        chart, hashes_of("phone", number),
    )  # fmt: skip


async def _settle(chart: UUID, moved: Sequence[UUID]) -> None:
    """Let one number be the one that the facility stated last: the chart's own, where it has one.

    What comes home is stated last again, if it was so before the merge.
    """
    await execute(
        "UPDATE contact_point m SET stated_until = hub_clock(),"
        " replaced_at = coalesce(replaced_at, hub_clock())"
        " WHERE m.id = ANY($2) AND m.home IS NOT NULL AND m.stated_until IS NULL"
        f" AND EXISTS ({_STATED_LAST} AND c.home IS NULL)",
        chart, moved,
    )  # fmt: skip
    await execute(
        "UPDATE contact_point SET stated_until = NULL WHERE id = (SELECT c.id FROM contact_point c"
        "  WHERE c.id = ANY($2) AND c.home IS NULL AND c.kind = 'own'"
        "  AND c.stated_since IS NOT NULL"
        "  ORDER BY c.stated_until DESC NULLS FIRST, c.id DESC LIMIT 1)"
        f" AND NOT EXISTS ({_STATED_LAST})",
        chart, moved,
    )  # fmt: skip


_STATED_LAST: Final = (
    "SELECT FROM contact_point c WHERE c.patient = $1 AND c.kind = 'own'"
    " AND c.stated_since IS NOT NULL AND c.stated_until IS NULL"
)


def _numbers(rows: Iterable[Row]) -> set[str]:
    """Give the numbers that can be read."""
    read = (
        unsealed(row["number"], table="contact_point", column="number", row=row["id"])
        for row in rows
    )
    return {number for number in read if number is not None}
