"""Wrong codes for one pair of a citizen id and a number: twenty in 30 days close it for 30 days.

The rows are the same for pairs that nobody has; for those nothing is ever closed, as there is
nothing to guess. A device that has reached a chart with the pair has a count of its own.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.credentials.rules import CLOSED_FOR, WRONG_IN_A_MONTH
from backend.auth.phones.phones import IS_BOUND
from backend.core.audit import Act, write_down
from backend.core.database import Row, execute, fetch

_CLOCK: Final = "(SELECT hub_clock())"


def has_wrong(count: str, times: int, clock: str = _CLOCK) -> str:
    """Write whether so many wrong codes of a pair still count: their times are kept in order.

    One look at one of them: with a look at each, the time would tell how many there are.

    Args:
        count: what the statement calls the pair's row.
        times: how many.
        clock: gives the hub's time.
    """
    nth = f"{count}.wrong_at[cardinality({count}.wrong_at) - {times - 1}]"
    return f"(({nth} > {clock} - '30 days'::interval) IS TRUE)"


def is_open(count: str, clock: str = _CLOCK) -> str:
    """Write whether codes of a pair still open anything; for the arguments see `has_wrong`."""
    return (
        f"(({count}.closed_until <= {clock}) IS NOT FALSE"
        f" AND NOT {has_wrong(count, WRONG_IN_A_MONTH, clock)})"
    )


SPENT: Final = (
    f"a.closed_until < hub_clock() AND {has_wrong('a', WRONG_IN_A_MONTH)}"
    " AND a.wrong_at[cardinality(a.wrong_at)] < hub_clock() - interval '10 seconds'"
)
"""The last wrong code counts, not the last try: who goes on guessing keeps nobody from being told.
Few pairs have a `closed_until`, and `pair_spent` is an index of these."""


async def carry_over(subject: Sequence[bytes], number: Sequence[bytes], counted_for: str) -> None:
    """Bring a count under the current keys, when there are several: a new key forgives nothing."""
    if len(subject) > 1 or len(number) > 1:
        await execute(
            "UPDATE sign_in_pair SET subject_hash = $1, number_hash = $2"
            " WHERE subject_hash = ANY($3::bytea[]) AND number_hash = ANY($4::bytea[])"
            " AND counted_for = $5 AND NOT EXISTS (SELECT FROM sign_in_pair"
            "  WHERE subject_hash = $1 AND number_hash = $2 AND counted_for = $5)",
            subject[0], number[0], subject, number, counted_for,
        )  # fmt: skip


async def spent_pairs(batch: int = 100, but: Sequence[UUID] = ()) -> list[UUID]:
    """List pairs that have had their last wrong code, without those of `but`."""
    rows = await fetch(
        f"SELECT a.id FROM sign_in_pair a WHERE {SPENT} AND a.id <> ALL($1) LIMIT $2",
        but,
        batch,
    )
    return [row["id"] for row in rows]


async def close_spent(pair: UUID) -> list[Row]:
    """Close a pair that has had its last wrong code; give the chart that it is bound to, once.

    Joins the caller's transaction, in which the patient is told. A number that is only stated may
    be anybody's: nobody is told there.

    Ten seconds later, not while it happens: the last try may have been the right one, and whoever
    guesses must not see by the time it takes that somebody was told.
    """
    closed = await fetch(
        "UPDATE sign_in_pair a SET closed_until = hub_clock() + $2::interval FROM"
        f" (SELECT a.id FROM sign_in_pair a WHERE {SPENT} AND a.id = $1"
        "  FOR NO KEY UPDATE SKIP LOCKED) spent"
        " WHERE a.id = spent.id RETURNING a.patient, EXISTS (SELECT FROM contact_point c"
        f" WHERE c.patient = a.patient AND c.number_hash = a.number_hash AND {IS_BOUND}) AS bound",
        pair, CLOSED_FOR,
    )  # fmt: skip
    told = [row for row in closed if row["bound"]]
    for row in told:
        await write_down(
            Act(actor_kind="system", patient=row["patient"], action="sign_in.codes_closed")
        )
    return told
