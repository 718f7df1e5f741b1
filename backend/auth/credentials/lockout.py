"""Wrong codes in a row for one citizen id: after twenty, codes open nothing until a desk or VNeID.

The rows are the same for citizen ids that nobody has; for those nothing is ever closed, as there
is nothing to guess.
"""

from collections.abc import Sequence
from uuid import UUID

from backend.auth.credentials.rules import WRONG_IN_A_ROW
from backend.auth.identity.blind_index import hashes_of
from backend.auth.identity.identifiers import CITIZEN_ID
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, execute, fetch, transaction

_SPENT = (
    "failures >= $1 AND disabled_at IS NULL AND updated_at < hub_clock() - interval '10 seconds'"
)


async def carry_over(number: str) -> None:
    """Bring the count under the current key, when there are several: a new key forgives nothing."""
    current, *older = hashes_of("challenge", number)
    if older:
        await execute(
            "UPDATE sign_in_account SET account_hash = $1 WHERE account_hash = ANY($2::bytea[])"
            " AND NOT EXISTS (SELECT FROM sign_in_account WHERE account_hash = $1)",
            current, older,
        )  # fmt: skip


async def forgive(account: bytes) -> None:
    """Begin to count anew after a right code, in the transaction that used it up."""
    await execute(
        "UPDATE sign_in_account SET failures = 0, updated_at = hub_clock()"
        " WHERE account_hash = $1 AND disabled_at IS NULL",
        account,
    )


async def spent_accounts(batch: int = 100, but: Sequence[UUID] = ()) -> list[UUID]:
    """List accounts that have had their last wrong code, without those of `but`."""
    rows = await fetch(f"SELECT id FROM sign_in_account WHERE {_SPENT} AND id <> ALL($2) LIMIT $3",
                       WRONG_IN_A_ROW, but, batch)  # fmt: skip
    return [row["id"] for row in rows]


async def close_spent(account: UUID) -> list[Row]:
    """Close an account that has had its last wrong code; give its patient, once.

    Joins the caller's transaction, in which the patient is told.

    Ten seconds later, not while it happens: the last try may have been the right one, and whoever
    guesses must not see by the time it takes that somebody was told.
    """
    closed = await fetch(
        "UPDATE sign_in_account a SET disabled_at = hub_clock() FROM"
        f" (SELECT id FROM sign_in_account WHERE {_SPENT} AND id = $2"
        "  FOR NO KEY UPDATE SKIP LOCKED) spent"
        " WHERE a.id = spent.id RETURNING a.patient",
        WRONG_IN_A_ROW, account,
    )  # fmt: skip
    for row in closed:
        await write_down(
            Act(actor_kind="system", patient=row["patient"], action="sign_in.codes_closed")
        )
    return list(closed)


async def reopen_codes(patient: UUID) -> None:
    """Let codes open something again: who this is was proved by a slip or VNeID.

    Only for numbers that are theirs now: a cancelled one may be somebody else's.
    """
    async with transaction():
        rows = await fetch(
            "SELECT id, value FROM patient_identifier"
            " WHERE patient = $1 AND system = $2 AND active",
            patient, CITIZEN_ID,
        )  # fmt: skip
        hashes = [each for row in rows for each in _accounts_of(row)]
        done = await execute(
            "UPDATE sign_in_account SET failures = 0, disabled_at = NULL, updated_at = hub_clock()"
            " WHERE account_hash = ANY($1::bytea[])"
            " AND (failures > 0 OR disabled_at IS NOT NULL)",
            hashes,
        )  # fmt: skip
        if done != "UPDATE 0":
            await write_down(
                Act(actor_kind="system", patient=patient, action="sign_in.codes_reopened")
            )


def _accounts_of(row: Row) -> list[bytes]:
    number = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
    return hashes_of("challenge", number)
